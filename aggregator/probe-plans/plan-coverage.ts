import type { LinkState } from '#aggregator/links/link-store.ts';
import type { ProbeSettings } from '#core/api/network-topology.ts';
import type { DirectedPair } from '#core/measurement/bandwidth-rounds.ts';
import { freshSeconds } from '#core/topology/measured-links.ts';

/** How much of what is planned has been measured. */
export interface PlanCoverage {
  plannedLinks: number;
  /** Planned links with a fresh answer, which may be that there is none. */
  measuredLinks: number;
  /** Of the planned and measured links; absent where there is none. */
  oldestRttAgeSeconds?: number;
  /** Planned links that can be tested for bandwidth: those that answer. */
  testableLinks: number;
  testedLinks: number;
}

export function planCoverage(
  links: Iterable<DirectedPair>,
  ground: {
    state(origin: string, destination: string): LinkState | undefined;
    /** As in OverviewSource: what was fresh then is fresh still, as readers of the slice take it. */
    observedAtMs(origin: string): number;
    probe: ProbeSettings;
    nowMs: number;
  },
): PlanCoverage {
  const { state, observedAtMs, nowMs } = ground;
  const fresh = freshSeconds(ground.probe);
  const isFresh = (origin: string, { rttMeasuredAtMs }: LinkState) =>
    ageSeconds(rttMeasuredAtMs, nowMs) <= fresh.rtt ||
    (ageSeconds(rttMeasuredAtMs, observedAtMs(origin)) <= fresh.rtt &&
      ageSeconds(observedAtMs(origin), nowMs) <= fresh.confirmed);
  const coverage: PlanCoverage = { plannedLinks: 0, measuredLinks: 0, testableLinks: 0, testedLinks: 0 };
  for (const { origin, destination } of links) {
    coverage.plannedLinks += 1;
    const link = state(origin, destination);
    const isMeasured = link !== undefined && isFresh(origin, link);
    const answersNot = isMeasured && link.unreachable;
    if (!answersNot) coverage.testableLinks += 1;
    if (!answersNot && link && ageSeconds(link.bandwidthMeasuredAtMs, nowMs) <= fresh.bandwidth) {
      coverage.testedLinks += 1;
    }
    if (!isMeasured) continue;
    coverage.measuredLinks += 1;
    coverage.oldestRttAgeSeconds = Math.max(coverage.oldestRttAgeSeconds ?? 0, ageSeconds(link.rttMeasuredAtMs, nowMs));
  }
  return coverage;
}

function ageSeconds(measuredAtMs: number, nowMs: number): number {
  return Math.max(0, (nowMs - measuredAtMs) / 1000);
}

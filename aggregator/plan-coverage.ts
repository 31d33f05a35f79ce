import type { LinkState } from '#aggregator/link-store.ts';
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
  state: (origin: string, destination: string) => LinkState | undefined,
  probe: ProbeSettings,
  nowMs: number,
): PlanCoverage {
  const fresh = freshSeconds(probe);
  const coverage: PlanCoverage = { plannedLinks: 0, measuredLinks: 0, testableLinks: 0, testedLinks: 0 };
  for (const { origin, destination } of links) {
    coverage.plannedLinks += 1;
    const link = state(origin, destination);
    const rttAgeSeconds = link === undefined ? Number.POSITIVE_INFINITY : ageSeconds(link.rttMeasuredAtMs, nowMs);
    const answersNot = link?.unreachable === true && rttAgeSeconds <= fresh.rtt;
    if (!answersNot) coverage.testableLinks += 1;
    if (!answersNot && link && ageSeconds(link.bandwidthMeasuredAtMs, nowMs) <= fresh.bandwidth) {
      coverage.testedLinks += 1;
    }
    if (rttAgeSeconds > fresh.rtt) continue;
    coverage.measuredLinks += 1;
    coverage.oldestRttAgeSeconds = Math.max(coverage.oldestRttAgeSeconds ?? 0, rttAgeSeconds);
  }
  return coverage;
}

function ageSeconds(measuredAtMs: number, nowMs: number): number {
  return Math.max(0, (nowMs - measuredAtMs) / 1000);
}

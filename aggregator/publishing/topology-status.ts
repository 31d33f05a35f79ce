import type { ClusterNode } from '#aggregator/cluster/cluster-node.ts';
import type { Overview } from '#aggregator/links/overview.ts';
import { addressedCondition } from '#aggregator/publishing/addressed-condition.ts';
import { moved } from '#aggregator/publishing/moved.ts';
import { type Condition, conditionsOf, type Verdict } from '#core/api/condition.ts';
import type { LinkMaxima, NetworkTopologySpec, NetworkTopologyStatus, ZonePair } from '#core/api/network-topology.ts';
import { freshSeconds } from '#core/topology/measured-links.ts';

/** The NetworkTopology's status. `previous` keeps the times of conditions that stay as they are. */
export function topologyStatus(input: {
  overview: Overview;
  nodes: readonly ClusterNode[];
  readyNodes: number;
  /** Pairs of which one bandwidth test would move more than the bytes of an hour. */
  tooLargePairs: number;
  spec: NetworkTopologySpec;
  generation: number | undefined;
  previous: NetworkTopologyStatus | undefined;
  nowMs: number;
}): NetworkTopologyStatus {
  const { overview, spec, generation, previous } = input;
  const { matrix, coverage } = overview;
  const now = new Date(input.nowMs).toISOString();
  const verdicts = [
    addressedCondition(input.nodes, spec.probe),
    measuredCondition(overview),
    bandwidthCondition(overview, spec, input.tooLargePairs),
  ];
  return {
    nodes: input.readyNodes,
    measuredLinks: matrix.measuredLinks,
    coveragePercent: percent(coverage.measuredLinks, coverage.plannedLinks),
    ...(matrix.measuredLinks === 0 ? {} : { maxima: matrix.maxima }),
    zones: [...matrix.zones],
    lastUpdateTime: now,
    conditions: conditionsOf(verdicts, { previous: previous?.conditions, generation, now }),
  };
}

/** True where readers have to hear of the change, or where the last update is half as old as a fresh RTT may be. */
export function statusDiffers(
  previous: NetworkTopologyStatus | undefined,
  next: NetworkTopologyStatus,
  spec: NetworkTopologySpec,
): boolean {
  if (previous?.lastUpdateTime === undefined) return true;
  // Also where the clock was set back.
  const ageMs = Math.abs(Date.parse(next.lastUpdateTime ?? '') - Date.parse(previous.lastUpdateTime));
  return (
    ageMs > (freshSeconds(spec.probe).rtt * 1000) / 2 ||
    previous.nodes !== next.nodes ||
    previous.measuredLinks !== next.measuredLinks ||
    previous.coveragePercent !== next.coveragePercent ||
    conditionsKey(previous.conditions) !== conditionsKey(next.conditions) ||
    metricsMoved(previous.maxima, next.maxima) ||
    zonesMoved(previous.zones ?? [], next.zones ?? [])
  );
}

function measuredCondition({ coverage }: Overview): Verdict {
  const { plannedLinks, measuredLinks } = coverage;
  if (plannedLinks === 0) {
    return { type: 'Measured', status: 'Unknown', reason: 'NoLinks', message: 'fewer than two nodes are ready' };
  }
  const complete = measuredLinks === plannedLinks;
  return {
    type: 'Measured',
    status: complete ? 'True' : 'False',
    reason: complete ? 'AllLinksMeasured' : 'LinksMissing',
    message: `${measuredLinks} of ${plannedLinks} planned links have a fresh RTT`,
  };
}

function bandwidthCondition({ coverage }: Overview, spec: NetworkTopologySpec, tooLargePairs: number): Verdict {
  const type = 'BandwidthMeasured';
  const { plannedLinks, testableLinks, testedLinks } = coverage;
  if (spec.probe.bandwidth.bytesPerHour === 0) {
    return { type, status: 'False', reason: 'SwitchedOff', message: 'bandwidth tests are switched off' };
  }
  if (plannedLinks === 0) {
    return { type, status: 'Unknown', reason: 'NoLinks', message: 'fewer than two nodes are ready' };
  }
  const message = `${testedLinks} of ${testableLinks} planned links that answer have a fresh bandwidth`;
  if (testedLinks === testableLinks) return { type, status: 'True', reason: 'AllLinksTested', message };
  if (tooLargePairs === 0) return { type, status: 'False', reason: 'LinksMissing', message };
  const tooLarge = `one test of each of ${tooLargePairs} pairs moves more than bytesPerHour or budgetPercent allow in an hour`;
  return { type, status: 'False', reason: 'TestsTooLarge', message: `${message}; ${tooLarge}` };
}

/** Rounded down: 100 only where nothing is missing. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((100 * part) / whole);
}

function conditionsKey(conditions: readonly Condition[] | undefined): string {
  return JSON.stringify(
    conditions?.map(({ type, status, reason, message, observedGeneration }) => [
      type,
      status,
      reason,
      message,
      observedGeneration,
    ]),
  );
}

const METRICS = ['rttMicroseconds', 'bandwidthBitsPerSecond', 'lossPartsPerMillion'] as const;

type Metrics = { [Metric in keyof LinkMaxima]?: number | undefined };

function metricsMoved(before: Metrics | undefined, after: Metrics | undefined): boolean {
  return METRICS.some((metric) => moved(metric, before?.[metric], after?.[metric]));
}

function zonesMoved(before: readonly ZonePair[], after: readonly ZonePair[]): boolean {
  if (before.length !== after.length) return true;
  return after.some((pair, index) => {
    const other = before[index] as ZonePair;
    const same = other.origin === pair.origin && other.destination === pair.destination && other.links === pair.links;
    return !same || metricsMoved(other, pair);
  });
}

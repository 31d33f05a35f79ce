import type { ClusterNode } from '#aggregator/cluster-node.ts';
import type { Overview } from '#aggregator/overview.ts';
import type { ZonePair } from '#core/api/network-topology.ts';
import type { LinkView, TopologyView } from '#core/api/topology-view.ts';
import type { Link, LinkMatrix } from '#core/topology/link-matrix.ts';

/** With more nodes than this, the view of the whole cluster has only the links that were measured. */
const ALL_LINKS_UP_TO_NODES = 100;

/** A zone pair's medians in the units that people read. */
export interface ZonePairView {
  origin: string;
  destination: string;
  links: number;
  rttMs?: number | undefined;
  lossPercent?: number | undefined;
  bandwidthMbps?: number | undefined;
}

/** The whole cluster; `measuredFrom` gives the destinations that were measured from an origin. */
export function topologyView(
  overview: Overview,
  nodes: readonly ClusterNode[],
  measuredFrom: (origin: string) => string[],
): TopologyView {
  const names = nodes.map(({ name }) => name);
  const destinationsOf = names.length <= ALL_LINKS_UP_TO_NODES ? () => names : measuredFrom;
  return {
    generatedAt: new Date(overview.madeAtMs).toISOString(),
    nodes: nodes.map(({ name, zone, region, address, ready }) => ({ name, zone, region, address, ready })),
    links: names.flatMap((origin) => linkViews(overview.matrix, [origin], destinationsOf(origin))),
  };
}

/** Links between different nodes of the two lists. */
export function linkViews(matrix: LinkMatrix, origins: readonly string[], destinations: readonly string[]): LinkView[] {
  return origins.flatMap((origin) =>
    destinations.flatMap((destination) => (origin === destination ? [] : [linkView(matrix.link(origin, destination))])),
  );
}

export function zonePairView(pair: ZonePair): ZonePairView {
  const { origin, destination, links } = pair;
  return { origin, destination, links, ...metricsView(pair) };
}

function linkView(link: Link): LinkView {
  const { origin, destination, source, confidence, cost, jitterMicroseconds, samples } = link;
  return {
    origin,
    destination,
    source,
    confidence,
    cost: cost === undefined ? undefined : round(cost, 4),
    ...metricsView(link),
    rttMethod: link.rttMethod,
    bandwidthSource: link.bandwidthSource,
    bandwidthConfidence: link.bandwidthConfidence,
    jitterMs: inMs(jitterMicroseconds),
    ageSeconds: seconds(link.ageSeconds),
    bandwidthAgeSeconds: seconds(link.bandwidthAgeSeconds),
    samples,
  };
}

function metricsView(metrics: {
  rttMicroseconds?: number | undefined;
  lossPartsPerMillion?: number | undefined;
  bandwidthBitsPerSecond?: number | undefined;
}) {
  const { rttMicroseconds, lossPartsPerMillion: loss, bandwidthBitsPerSecond: bandwidth } = metrics;
  return {
    rttMs: inMs(rttMicroseconds),
    lossPercent: loss === undefined ? undefined : loss / 10_000,
    bandwidthMbps: bandwidth === undefined ? undefined : round(bandwidth / 1e6, 3),
  };
}

function inMs(microseconds: number | undefined): number | undefined {
  return microseconds === undefined ? undefined : microseconds / 1000;
}

function seconds(age: number | undefined): number | undefined {
  return age === undefined ? undefined : round(age, 1);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

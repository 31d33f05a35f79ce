import type { ClusterNode } from '#aggregator/cluster/cluster-node.ts';
import type { LinkStore } from '#aggregator/links/link-store.ts';
import type { Overview } from '#aggregator/links/overview.ts';
import type { ZonePair } from '#core/api/network-topology.ts';
import type { LinkView, TopologyView } from '#core/api/topology-view.ts';
import type { UdpReading } from '#core/measurement/bandwidth-windows.ts';
import { lossInterval } from '#core/measurement/loss-interval.ts';
import { round } from '#core/statistics.ts';
import type { Link } from '#core/topology/link-matrix.ts';

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

/** What the links themselves have beside the matrix. */
export type MeasuredLinks = Pick<LinkStore, 'links' | 'udp' | 'congestionControl'>;

/** The whole cluster. */
export function topologyView(overview: Overview, nodes: readonly ClusterNode[], measured: MeasuredLinks): TopologyView {
  const names = nodes.map(({ name }) => name);
  const measuredFrom = (origin: string) => measured.links(origin).map(({ destination }) => destination);
  const destinationsOf = names.length <= ALL_LINKS_UP_TO_NODES ? () => names : measuredFrom;
  return {
    generatedAt: new Date(overview.madeAtMs).toISOString(),
    nodes: nodes.map(({ name, zone, region, address, ready }) => ({ name, zone, region, address, ready })),
    links: names.flatMap((origin) => linkViews(overview, [origin], destinationsOf(origin), measured)),
  };
}

/** Links between different nodes of the two lists. */
export function linkViews(
  { matrix, madeAtMs }: Pick<Overview, 'matrix' | 'madeAtMs'>,
  origins: readonly string[],
  destinations: readonly string[],
  measured: MeasuredLinks,
): LinkView[] {
  return origins.flatMap((origin) =>
    destinations.flatMap((destination) =>
      origin === destination
        ? []
        : [
            {
              ...linkView(matrix.link(origin, destination), measured),
              udp: udpView(measured.udp(origin, destination), madeAtMs),
            },
          ],
    ),
  );
}

export function zonePairView(pair: ZonePair): ZonePairView {
  const { origin, destination, links } = pair;
  return { origin, destination, links, ...metricsView(pair) };
}

function linkView(link: Link, measured: MeasuredLinks): LinkView {
  const { origin, destination, source, confidence, cost, jitterMicroseconds, samples } = link;
  return {
    origin,
    destination,
    source,
    confidence,
    cost: cost === undefined ? undefined : round(cost, 4),
    ...metricsView(link),
    lossPercentInterval: lossPercentInterval(link),
    rttMethod: link.rttMethod,
    bandwidthSource: link.bandwidthSource,
    bandwidthConfidence: link.bandwidthConfidence,
    congestionControl:
      link.bandwidthSource === 'measured' ? measured.congestionControl(origin, destination) : undefined,
    jitterMs: inMs(jitterMicroseconds),
    ageSeconds: seconds(link.ageSeconds),
    bandwidthAgeSeconds: seconds(link.bandwidthAgeSeconds),
    samples,
  };
}

/** Of links that answer: what is lost on one that does not is no share that would be estimated. */
function lossPercentInterval({ source, lossPartsPerMillion, samples }: Link): LinkView['lossPercentInterval'] {
  if (source !== 'measured' || lossPartsPerMillion === undefined || samples === undefined) return undefined;
  const interval = lossInterval(lossPartsPerMillion, samples);
  return interval && [interval[0] / 10_000, interval[1] / 10_000];
}

function udpView(udp: UdpReading | undefined, nowMs: number): LinkView['udp'] {
  if (udp === undefined) return undefined;
  const { jitterMicroseconds, lossPartsPerMillion: loss, measuredAtMs } = udp;
  return {
    jitterMs: inMs(jitterMicroseconds),
    lossPercent: loss === undefined ? undefined : loss / 10_000,
    ageSeconds: round(Math.max(0, nowMs - measuredAtMs) / 1000, 1),
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

import type { Node } from '#core/api/kubernetes.ts';
import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import type { ProbeSettings } from '#core/api/network-topology.ts';
import type { MeasuredLink, NetworkTopologySlice } from '#core/api/network-topology-slice.ts';

/** Where a node stands, by its well-known labels. */
export interface TopologyNode {
  name: string;
  zone?: string | undefined;
  region?: string | undefined;
}

/** A measurement as the slices have it, times in seconds before `now`; a metric that is too old to use is absent. */
export interface LinkReading {
  origin: string;
  destination: string;
  rttMicroseconds?: number | undefined;
  jitterMicroseconds?: number | undefined;
  lossPartsPerMillion?: number | undefined;
  bandwidthBitsPerSecond?: number | undefined;
  ageSeconds: number;
  bandwidthAgeSeconds?: number | undefined;
  samples: number;
  /** Young enough to speak for this very link, not only for its zone pair. */
  fresh: boolean;
  /** Probed, and nothing came back; also where that is no longer fresh. */
  unreachable: boolean;
}

/** A reading is fresh for this many intervals, and never less than the time below: a restart must not age the network. */
const FRESH_INTERVALS = 10;
const FRESH_AT_LEAST_SECONDS = 300;
/** Past this age a reading is not used at all. */
export const RETAINED_SECONDS = 24 * 3600;

/** A metric's reading speaks for its link this long, in seconds. */
export function freshSeconds(probe: ProbeSettings): { rtt: number; bandwidth: number } {
  return {
    rtt: Math.max(FRESH_AT_LEAST_SECONDS, FRESH_INTERVALS * probe.intervalSeconds),
    bandwidth: Math.max(FRESH_AT_LEAST_SECONDS, FRESH_INTERVALS * probe.bandwidth.intervalSeconds),
  };
}

export function topologyNode(node: Node): TopologyNode {
  const labels = node.metadata.labels;
  return { name: node.metadata.name, zone: labels?.[ZONE_LABEL], region: labels?.[REGION_LABEL] };
}

/** Every reading of the slices that is not past use at `nowMs`. Links of a node to itself are left out. */
export function readLinks(slices: readonly NetworkTopologySlice[], probe: ProbeSettings, nowMs: number): LinkReading[] {
  const limits = freshSeconds(probe);
  return slices.flatMap(({ origin, links }) =>
    links.filter(({ destination }) => destination !== origin).flatMap((link) => readLink(origin, link, limits, nowMs)),
  );
}

function readLink(
  origin: string,
  link: MeasuredLink,
  limits: { rtt: number; bandwidth: number },
  nowMs: number,
): LinkReading[] {
  const rttAge = ageSeconds(link.rttMeasuredAt, nowMs);
  const bandwidthAge = ageSeconds(link.bandwidthMeasuredAt, nowMs);
  const rttUsable = rttAge <= RETAINED_SECONDS;
  const bandwidthUsable = bandwidthAge <= Math.max(RETAINED_SECONDS, limits.bandwidth);
  if (!rttUsable && !bandwidthUsable) return [];
  return [
    {
      origin,
      destination: link.destination,
      rttMicroseconds: rttUsable ? link.rttMicroseconds : undefined,
      jitterMicroseconds: rttUsable ? link.jitterMicroseconds : undefined,
      lossPartsPerMillion: rttUsable ? link.lossPartsPerMillion : undefined,
      bandwidthBitsPerSecond: bandwidthUsable ? link.bandwidthBitsPerSecond : undefined,
      ageSeconds: Math.min(rttAge, bandwidthAge),
      samples: link.samples,
      fresh: rttAge <= limits.rtt,
      bandwidthAgeSeconds: bandwidthAge <= limits.bandwidth ? bandwidthAge : undefined,
      unreachable: rttUsable && link.lossPartsPerMillion === 1_000_000,
    },
  ];
}

/** Infinity where there is no time. A time ahead of `nowMs` (another machine's clock) counts as just now. */
function ageSeconds(timestamp: string | undefined, nowMs: number): number {
  if (timestamp === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(0, (nowMs - Date.parse(timestamp)) / 1000);
}

import type { Node } from '#core/api/kubernetes.ts';
import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import type { LinkMaxima, ProbeSettings } from '#core/api/network-topology.ts';
import type { MeasuredLink, NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import type { Pieces } from '#core/pieces.ts';
import { createTimestampParser } from '#core/topology/timestamps.ts';

/** Where a node stands, by its well-known labels. */
export interface TopologyNode {
  name: string;
  zone?: string | undefined;
  region?: string | undefined;
}

/** A measurement as the slices have it, times in seconds before `now`; a metric that is too old to use is absent. */
export interface LinkReading {
  /** Positions of origin and destination among the nodes. */
  from: number;
  to: number;
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
const CONFIRMED_TIMES_FRESH = 6;
/** Past this age a reading is not used at all. */
export const RETAINED_SECONDS = 24 * 3600;

export interface FreshSeconds {
  rtt: number;
  confirmed: number;
  bandwidth: number;
}

/**
 * A metric's reading speaks for its link this long, in seconds. `confirmed`: so long a slice's writer is believed to have told
 * every change, so that an RTT that was fresh when it last wrote is fresh still.
 */
export function freshSeconds(probe: ProbeSettings): FreshSeconds {
  const rtt = Math.max(FRESH_AT_LEAST_SECONDS, FRESH_INTERVALS * probe.intervalSeconds);
  return {
    rtt,
    confirmed: CONFIRMED_TIMES_FRESH * rtt,
    bandwidth: Math.max(FRESH_AT_LEAST_SECONDS, FRESH_INTERVALS * probe.bandwidth.intervalSeconds),
  };
}

export function topologyNode(node: Node): TopologyNode {
  const labels = node.metadata.labels;
  return { name: node.metadata.name, zone: labels?.[ZONE_LABEL], region: labels?.[REGION_LABEL] };
}

/** After so many links comes the next piece. */
const LINKS_AT_ONCE = 1000;
const ORIGINS_AT_ONCE = 200;

export interface Readings {
  all: LinkReading[];
  /** By the positions of origin and destination; a hole where an origin has none. One large map would grow by long leaps. */
  byOrigin: Map<number, LinkReading>[];
}

/**
 * Every reading of the slices that is not past use at `nowMs`, between nodes that have a position; of several for one link the
 * last. Links of a node to itself are left out.
 */
export function* readLinks(
  slices: readonly NetworkTopologySlice[],
  indexOf: (node: string) => number | undefined,
  probe: ProbeSettings,
  nowMs: number,
): Pieces<Readings> {
  const limits = freshSeconds(probe);
  const parse = createTimestampParser();
  const ageOf: AgeOf = (timestamp) =>
    // A time ahead of now (another machine's clock) counts as just now.
    timestamp === undefined ? Number.POSITIVE_INFINITY : Math.max(0, (nowMs - parse(timestamp)) / 1000);
  const byOrigin: Map<number, LinkReading>[] = [];
  let read = 0;
  for (const { origin, observedAt, links } of slices) {
    const observedAge = ageOf(observedAt);
    const from = indexOf(origin);
    if (from === undefined) continue;
    byOrigin[from] ??= new Map();
    for (const link of links) {
      const to = indexOf(link.destination);
      const reading =
        to === undefined || to === from ? undefined : readLink(from, to, link, limits, ageOf, observedAge);
      if (reading) byOrigin[from].set(reading.to, reading);
    }
    read += links.length;
    if (read < LINKS_AT_ONCE) continue;
    read = 0;
    yield;
  }
  const all: LinkReading[] = [];
  for (const [origin, readings] of byOrigin.entries()) {
    if (origin % ORIGINS_AT_ONCE === 0) yield;
    for (const reading of readings?.values() ?? []) all.push(reading);
  }
  return { all, byOrigin };
}

/** Seconds since the time; infinite where there is none. */
type AgeOf = (timestamp: string | undefined) => number;

function readLink(
  from: number,
  to: number,
  link: MeasuredLink,
  limits: FreshSeconds,
  ageOf: AgeOf,
  observedAge: number,
): LinkReading | undefined {
  const rttAge = ageOf(link.rttMeasuredAt);
  const bandwidthAge = ageOf(link.bandwidthMeasuredAt);
  const rttUsable = rttAge <= RETAINED_SECONDS;
  const bandwidthUsable = bandwidthAge <= Math.max(RETAINED_SECONDS, limits.bandwidth);
  if (!rttUsable && !bandwidthUsable) return undefined;
  return {
    from,
    to,
    rttMicroseconds: rttUsable ? link.rttMicroseconds : undefined,
    jitterMicroseconds: rttUsable ? link.jitterMicroseconds : undefined,
    lossPartsPerMillion: rttUsable ? link.lossPartsPerMillion : undefined,
    bandwidthBitsPerSecond: bandwidthUsable ? link.bandwidthBitsPerSecond : undefined,
    ageSeconds: Math.min(rttAge, bandwidthAge),
    samples: link.samples,
    fresh: rttAge <= limits.rtt || (observedAge <= limits.confirmed && rttAge - observedAge <= limits.rtt),
    bandwidthAgeSeconds: bandwidthAge <= limits.bandwidth ? bandwidthAge : undefined,
    unreachable: rttUsable && link.lossPartsPerMillion === 1_000_000,
  };
}

/** The readings' values of one metric, where they have one. */
export function valuesOf(readings: readonly LinkReading[], metric: keyof LinkMaxima): Float64Array {
  const values = new Float64Array(readings.length);
  let count = 0;
  for (const reading of readings) {
    const value = reading[metric];
    if (value !== undefined) values[count++] = value;
  }
  return values.subarray(0, count);
}

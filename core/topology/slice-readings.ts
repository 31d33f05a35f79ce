import { RTT_METHODS } from '#core/api/agent.ts';
import type { Coordinate, MeasuredLink, NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { createTimestampParser } from '#core/topology/timestamps.ts';

/** Numbers that are kept of each link, and their positions among them. NaN where the slice tells nothing. */
export const LINK_FIELDS = 8;
export const RTT = 0;
export const JITTER = 1;
export const LOSS = 2;
export const BANDWIDTH = 3;
/** Times of measurement, in milliseconds since 1970. */
export const RTT_AT = 4;
export const BANDWIDTH_AT = 5;
export const SAMPLES = 6;
/** Position in RTT_METHODS. */
export const METHOD = 7;

/** What one slice says, as numbers: the facts that all knowledge of links is derived from. Never changed, only replaced. */
export interface SliceReadings {
  origin: string;
  /** When the slice was last written, in milliseconds since 1970; NaN where it does not tell. */
  observedAtMs: number;
  destinations: readonly string[];
  /** LINK_FIELDS numbers for each destination, in microseconds, parts per million and bits per second. */
  values: Float64Array;
  coordinate: Coordinate | undefined;
  room: InterfaceRoom | undefined;
}

/** What the interface of a node has left, in bits per second. */
export interface InterfaceRoom {
  toSend: number;
  toReceive: number;
  measuredAtMs: number;
}

/** The published field as it is kept for reading. */
export function roomReading(
  published: NonNullable<NetworkTopologySlice['interface']>,
  measuredAtMs = Date.parse(published.measuredAt),
): InterfaceRoom {
  return {
    toSend: published.freeToSendBitsPerSecond,
    toReceive: published.freeToReceiveBitsPerSecond,
    measuredAtMs,
  };
}

/** Reads slices one by one. */
export function createSliceReader(): (slice: NetworkTopologySlice) => SliceReadings {
  const parse = createTimestampParser();
  const timeOf = (timestamp: string | undefined) => (timestamp === undefined ? Number.NaN : parse(timestamp));
  return ({ origin, observedAt, links, coordinate, interface: room }) => {
    const values = new Float64Array(links.length * LINK_FIELDS);
    for (const [position, link] of links.entries()) {
      const at = position * LINK_FIELDS;
      values[at + RTT] = link.rttMicroseconds ?? Number.NaN;
      values[at + JITTER] = link.jitterMicroseconds ?? Number.NaN;
      values[at + LOSS] = link.lossPartsPerMillion ?? Number.NaN;
      values[at + BANDWIDTH] = link.bandwidthBitsPerSecond ?? Number.NaN;
      values[at + RTT_AT] = timeOf(link.rttMeasuredAt);
      values[at + BANDWIDTH_AT] = timeOf(link.bandwidthMeasuredAt);
      values[at + SAMPLES] = link.samples;
      values[at + METHOD] = link.rttMethod === undefined ? Number.NaN : RTT_METHODS.indexOf(link.rttMethod);
    }
    return {
      origin,
      observedAtMs: timeOf(observedAt),
      destinations: links.map(({ destination }) => destination),
      values,
      coordinate,
      room: room && roomReading(room, parse(room.measuredAt)),
    };
  };
}

/** A link as it is published; its times are in UTC with milliseconds. */
export function linkAt(
  { destinations, values }: Pick<SliceReadings, 'destinations' | 'values'>,
  position: number,
): MeasuredLink {
  const number = (field: number) => {
    const value = values[position * LINK_FIELDS + field] as number;
    return Number.isNaN(value) ? undefined : value;
  };
  const method = number(METHOD);
  return {
    destination: destinations[position] as string,
    rttMicroseconds: number(RTT),
    jitterMicroseconds: number(JITTER),
    lossPartsPerMillion: number(LOSS),
    bandwidthBitsPerSecond: number(BANDWIDTH),
    ...(method === undefined ? {} : { rttMethod: RTT_METHODS[method] }),
    rttMeasuredAt: timestamp(number(RTT_AT)),
    bandwidthMeasuredAt: timestamp(number(BANDWIDTH_AT)),
    samples: number(SAMPLES) as number,
  };
}

function timestamp(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

import type { BandwidthMeasurement, InterfaceReading, Measurement } from '#core/api/agent.ts';

/** How far an agent's clock may be ahead. */
export const CLOCK_TOLERANCE_MS = 60_000;
const OLDEST_MS = 24 * 3_600_000;

/** No ping waits longer than 2 s for its answer, and nothing of the kind is timed to more. */
const RTT_LIMIT_MICROSECONDS = 5_000_000;
/** More than any interface carries. */
const BANDWIDTH_LIMIT_BITS_PER_SECOND = 2_000_000_000_000;
/** As many as the NetworkTopology lets an agent send for one probe. */
const PINGS_LIMIT = 1000;

export const REJECTIONS = [
  'malformed',
  'absurd',
  'future',
  'ancient',
  'ownNode',
  'unknownDestination',
  'lease',
] as const;
/** Why one measurement, or the reading of the interface, was not taken, though the others of its report were. */
export type Rejection = (typeof REJECTIONS)[number];

export type Problem = [reason: Rejection, detail: string];

export interface ReportGround {
  isKnown(node: string): boolean;
  /** What else is wrong with a measurement's lease; undefined where nothing is. */
  objectionTo(origin: string, measurement: BandwidthMeasurement): string | undefined;
  nowMs: number;
}

/** What is not plausible of a well-formed measurement; undefined where nothing is. */
export function implausibleMeasurement(
  origin: string,
  measurement: Measurement,
  measuredAtMs: number,
  { isKnown, objectionTo, nowMs }: ReportGround,
): Problem | undefined {
  const { destination, measuredAt } = measurement;
  const untimely = untimeliness('measuredAt', measuredAt, measuredAtMs, nowMs);
  if (untimely !== undefined) return untimely;
  if (destination === origin) return ['ownNode', `destination: the origin itself, found ${destination}`];
  if (!isKnown(destination))
    return ['unknownDestination', `destination: there is no node ${destination} in the cluster`];
  const excess = excessOf(measurement);
  if (excess !== undefined) return ['absurd', excess];
  if (measurement.kind !== 'bandwidth') return undefined;
  const objection = objectionTo(origin, measurement);
  return objection === undefined ? undefined : ['lease', `leaseId: ${objection}, found ${origin} -> ${destination}`];
}

/** The same of the reading of an interface. */
export function implausibleReading(
  reading: InterfaceReading,
  measuredAtMs: number,
  nowMs: number,
): Problem | undefined {
  const untimely = untimeliness('interface.measuredAt', reading.measuredAt, measuredAtMs, nowMs);
  if (untimely !== undefined) return untimely;
  for (const field of ['speedBitsPerSecond', 'sentBitsPerSecond', 'receivedBitsPerSecond'] as const) {
    const excess = over(`interface.${field}`, reading[field], BANDWIDTH_LIMIT_BITS_PER_SECOND);
    if (excess !== undefined) return ['absurd', excess];
  }
  return undefined;
}

function untimeliness(field: string, measuredAt: string, measuredAtMs: number, nowMs: number): Problem | undefined {
  const ageMs = nowMs - measuredAtMs;
  if (ageMs < -CLOCK_TOLERANCE_MS) return ['future', `${field}: more than 60 s in the future, found ${measuredAt}`];
  if (!(ageMs <= OLDEST_MS)) return ['ancient', `${field}: more than 24 h ago, found ${measuredAt}`];
  return undefined;
}

function excessOf(measurement: Measurement): string | undefined {
  const jitter = over('jitterMicroseconds', measurement.jitterMicroseconds, RTT_LIMIT_MICROSECONDS);
  if (jitter !== undefined) return jitter;
  if (measurement.kind === 'bandwidth') {
    return over('bandwidthBitsPerSecond', measurement.bandwidthBitsPerSecond, BANDWIDTH_LIMIT_BITS_PER_SECOND);
  }
  return (
    over('rttMicroseconds', measurement.rttMicroseconds, RTT_LIMIT_MICROSECONDS) ??
    over('transmitted', measurement.transmitted, PINGS_LIMIT)
  );
}

function over(field: string, value: number | undefined, limit: number): string | undefined {
  return value !== undefined && value > limit ? `${field}: more than ${limit}, found ${value}` : undefined;
}

import { malformation } from '#aggregator/reports/read-measurement.ts';
import {
  interfaceReading,
  MAX_MEASUREMENTS_PER_REPORT,
  type Measurement,
  type Report,
  type ReportReceipt,
} from '#core/api/agent.ts';
import { nodeName } from '#core/api/fields.ts';
import { AppError } from '#core/errors.ts';
import { createTimestampParser } from '#core/topology/timestamps.ts';

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
/** Why one measurement was not taken, though the others of its report were. */
export type Rejection = (typeof REJECTIONS)[number];

/** Why a report was not taken at all. */
export type Refusal = 'malformed' | 'unknownNode';

/** Of a whole report. */
export class RefusedReport extends AppError {
  readonly reason: Refusal;

  constructor(reason: Refusal, message: string) {
    super(reason === 'unknownNode' ? 'NOT_FOUND' : 'INVALID_INPUT', `report: ${message}`);
    this.reason = reason;
  }
}

export interface ReportGround {
  isKnown(node: string): boolean;
  /** What else is wrong with a measurement's lease; undefined where nothing is. */
  objectionTo(origin: string, measurement: Measurement & { kind: 'bandwidth' }): string | undefined;
  nowMs: number;
}

export interface PlausibleMeasurement {
  measurement: Measurement;
  measuredAtMs: number;
}

export interface ReadReport {
  node: string;
  plausible: PlausibleMeasurement[];
  /** `index` is the position among the measurements; absent for the reading of the interface. */
  rejected: { index?: number; reason: Rejection; detail: string }[];
  interface?: Report['interface'];
}

type Problem = [reason: Rejection, detail: string];

/**
 * The body as a report: its measurements, each plausible or rejected with a reason. Throws RefusedReport where the body is no
 * report, or the node that it is from is not known.
 */
export function readReport(body: unknown, ground: ReportGround): ReadReport {
  const { node, measurements, interface: given } = readEnvelope(body);
  if (!ground.isKnown(node)) throw new RefusedReport('unknownNode', `node: there is no node ${node} in the cluster`);
  const report: ReadReport = { node, plausible: [], rejected: [] };
  if (given !== undefined) readInterface(report, given);
  for (const [index, value] of measurements.entries()) {
    const malformed = malformation(value);
    const measurement = value as Measurement;
    const measuredAtMs = malformed === undefined ? parseTimestamp(measurement.measuredAt) : Number.NaN;
    const problem: Problem | undefined =
      malformed === undefined ? implausible(node, measurement, measuredAtMs, ground) : ['malformed', malformed];
    if (problem === undefined) report.plausible.push({ measurement, measuredAtMs });
    else report.rejected.push({ index, reason: problem[0], detail: problem[1] });
  }
  return report;
}

/** As agents are told of it. */
export function receiptOf(report: ReadReport, duplicates: number): ReportReceipt {
  const rejected = report.rejected.flatMap(({ index, reason, detail }) =>
    index === undefined ? [] : [{ index, reason: `${reason}: ${detail}` }],
  );
  return {
    accepted: report.plausible.length - duplicates,
    duplicates,
    ...(rejected.length > 0 ? { rejected } : {}),
  };
}

const parseTimestamp = createTimestampParser();

function readEnvelope(body: unknown): { node: string; measurements: unknown[]; interface?: unknown } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RefusedReport('malformed', '(the whole): wanted an object');
  }
  const { node, measurements, interface: given } = body as Record<string, unknown>;
  if (!nodeName.safeParse(node).success) throw new RefusedReport('malformed', 'node: wanted the name of a node');
  if (!Array.isArray(measurements)) throw new RefusedReport('malformed', 'measurements: wanted a list');
  if (measurements.length > MAX_MEASUREMENTS_PER_REPORT) {
    const limit = `at most ${MAX_MEASUREMENTS_PER_REPORT}, found ${measurements.length}`;
    throw new RefusedReport('malformed', `measurements: wanted ${limit}`);
  }
  if (measurements.length === 0 && given === undefined) {
    throw new RefusedReport('malformed', 'measurements: a report without any measurement');
  }
  return { node: node as string, measurements, interface: given };
}

function readInterface(report: ReadReport, given: unknown): void {
  const reading = interfaceReading.safeParse(given);
  if (reading.success) report.interface = reading.data;
  else report.rejected.push({ reason: 'malformed', detail: 'interface: not a reading of an interface' });
}

function implausible(
  origin: string,
  measurement: Measurement,
  measuredAtMs: number,
  { isKnown, objectionTo, nowMs }: ReportGround,
): Problem | undefined {
  const { destination, measuredAt } = measurement;
  const ageMs = nowMs - measuredAtMs;
  if (ageMs < -CLOCK_TOLERANCE_MS) return ['future', `measuredAt: more than 60 s in the future, found ${measuredAt}`];
  if (!(ageMs <= OLDEST_MS)) return ['ancient', `measuredAt: more than 24 h ago, found ${measuredAt}`];
  if (destination === origin) return ['ownNode', `destination: the origin itself, found ${destination}`];
  if (!isKnown(destination))
    return ['unknownDestination', `destination: there is no node ${destination} in the cluster`];
  const excess = excessOf(measurement);
  if (excess !== undefined) return ['absurd', excess];
  if (measurement.kind !== 'bandwidth') return undefined;
  const objection = objectionTo(origin, measurement);
  return objection === undefined ? undefined : ['lease', `leaseId: ${objection}, found ${origin} -> ${destination}`];
}

function excessOf(measurement: Measurement): string | undefined {
  const over = (field: string, value: number | undefined, limit: number) =>
    value !== undefined && value > limit ? `${field}: more than ${limit}, found ${value}` : undefined;
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

import type { z } from 'zod';
import {
  implausibleMeasurement,
  implausibleReading,
  type Problem,
  type Rejection,
  type ReportGround,
} from '#aggregator/reports/plausibility.ts';
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

/**
 * The body as a report: its measurements, each plausible or rejected with a reason. Throws RefusedReport where the body is no
 * report, or the node that it is from is not known.
 */
export function readReport(body: unknown, ground: ReportGround): ReadReport {
  const { node, measurements, interface: given } = readEnvelope(body);
  if (!ground.isKnown(node)) throw new RefusedReport('unknownNode', `node: there is no node ${node} in the cluster`);
  const report: ReadReport = { node, plausible: [], rejected: [] };
  if (given !== undefined) readInterface(report, given, ground.nowMs);
  for (const [index, value] of measurements.entries()) {
    const malformed = malformation(value);
    const measurement = value as Measurement;
    const measuredAtMs = malformed === undefined ? parseTimestamp(measurement.measuredAt) : Number.NaN;
    const problem: Problem | undefined =
      malformed === undefined
        ? implausibleMeasurement(node, measurement, measuredAtMs, ground)
        : ['malformed', malformed];
    if (problem === undefined) report.plausible.push({ measurement, measuredAtMs });
    else report.rejected.push({ index, reason: problem[0], detail: problem[1] });
  }
  return report;
}

/** As agents are told of it. */
export function receiptOf(report: ReadReport, duplicates: number): ReportReceipt {
  const rejected: NonNullable<ReportReceipt['rejected']> = [];
  let rejectedInterface: string | undefined;
  for (const { index, reason: kind, detail } of report.rejected) {
    const reason = `${kind}: ${detail}`;
    if (index === undefined) rejectedInterface = reason;
    else rejected.push({ index, reason });
  }
  return {
    accepted: report.plausible.length - duplicates,
    duplicates,
    ...(rejected.length > 0 ? { rejected } : {}),
    ...(rejectedInterface === undefined ? {} : { rejectedInterface }),
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

function readInterface(report: ReadReport, given: unknown, nowMs: number): void {
  const { data: reading, error } = interfaceReading.safeParse(given);
  const problem: Problem | undefined =
    reading === undefined
      ? ['malformed', malformedReading(error)]
      : implausibleReading(reading, parseTimestamp(reading.measuredAt), nowMs);
  if (problem === undefined) report.interface = reading;
  else report.rejected.push({ reason: problem[0], detail: problem[1] });
}

function malformedReading({ issues: [issue] }: z.ZodError): string {
  return `${['interface', ...(issue?.path ?? [])].join('.')}: ${issue?.message}`;
}

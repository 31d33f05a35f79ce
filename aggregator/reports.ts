import { type Measurement, type Report, report } from '#core/api/agent.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';

/** How far an agent's clock may be ahead. */
export const CLOCK_TOLERANCE_MS = 60_000;
const OLDEST_MS = 24 * 3_600_000;

export interface ReportGround {
  isKnown(node: string): boolean;
  /** What else is wrong with a measurement's lease; undefined where nothing is. */
  objectionTo(origin: string, measurement: Measurement & { kind: 'bandwidth' }): string | undefined;
  nowMs: number;
}

/**
 * The body as a report of which every measurement is plausible. Throws AppError: INVALID_INPUT with the field's name, or
 * NOT_FOUND where the node that it is from is not known. Destinations may be unknown: a node may just have been removed.
 */
export function readReport(body: unknown, ground: ReportGround): Report {
  const parsed = parseInput(report, body, 'report');
  if (!ground.isKnown(parsed.node)) {
    throw new AppError('NOT_FOUND', `report: node: there is no node ${parsed.node} in the cluster`);
  }
  for (const [index, measurement] of parsed.measurements.entries()) {
    const problem = implausible(parsed.node, measurement, ground);
    if (problem !== undefined) throw new AppError('INVALID_INPUT', `report: measurements[${index}].${problem}`);
  }
  return parsed;
}

function implausible(origin: string, measurement: Measurement, ground: ReportGround): string | undefined {
  const { destination, measuredAt } = measurement;
  const ageMs = ground.nowMs - Date.parse(measuredAt);
  if (ageMs < -CLOCK_TOLERANCE_MS) return `measuredAt: more than 60 s in the future, found ${measuredAt}`;
  if (ageMs > OLDEST_MS) return `measuredAt: more than 24 h ago, found ${measuredAt}`;
  if (destination === origin) return `destination: the origin itself, found ${destination}`;
  if (measurement.kind !== 'bandwidth') return undefined;
  const objection = ground.objectionTo(origin, measurement);
  return objection && `leaseId: ${objection}, found ${origin} -> ${destination}`;
}

import { z } from 'zod';
import { CONGESTION_CONTROL, type Measurement, RTT_METHODS } from '#core/api/agent.ts';
import {
  BITS_PER_SECOND_LIMIT,
  MICROSECONDS_LIMIT,
  NODE_NAME,
  NODE_NAME_LIMIT,
  PARTS_PER_MILLION,
} from '#core/api/fields.ts';

// The same verdict as the zod schema `measurement` (core/api/agent.ts), by hand: tens of thousands come in a second, and zod
// would take most of the time that they have. read-measurement.test.ts holds one against the other.

const TIMESTAMP = z.core.regexes.datetime({ offset: true });
const PINGS_LIMIT = 100_000;

/** A check says what is wrong with a field's value; undefined where nothing is. */
type Check = (value: unknown) => string | undefined;

const destination: Check = (value) =>
  typeof value === 'string' && value.length <= NODE_NAME_LIMIT && NODE_NAME.test(value)
    ? undefined
    : 'wanted a node name';
const time: Check = (value) =>
  typeof value === 'string' && TIMESTAMP.test(value) ? undefined : 'wanted a time as in RFC 3339';
const congestionControl: Check = (value) =>
  typeof value === 'string' && CONGESTION_CONTROL.test(value) ? undefined : 'wanted a name such as cubic';
const disturbance = optional(oneOf('throttled', 'bandwidthTest'));
const microseconds = optional(whole(0, MICROSECONDS_LIMIT));

const RTT_CHECKS: [field: string, check: Check][] = [
  ['destination', destination],
  ['measuredAt', time],
  ['transmitted', whole(1, PINGS_LIMIT)],
  ['received', whole(0, PINGS_LIMIT)],
  ['rttMicroseconds', microseconds],
  ['jitterMicroseconds', microseconds],
  ['method', optional(oneOf(...RTT_METHODS))],
  ['disturbedBy', disturbance],
];

const BANDWIDTH_CHECKS: [field: string, check: Check][] = [
  ['destination', destination],
  ['measuredAt', time],
  ['leaseId', text(64)],
  ['bandwidthBitsPerSecond', optional(whole(1, BITS_PER_SECOND_LIMIT))],
  ['protocol', optional(oneOf('tcp', 'udp'))],
  ['congestionControl', optional(congestionControl)],
  ['jitterMicroseconds', microseconds],
  ['lossPartsPerMillion', optional(whole(0, PARTS_PER_MILLION))],
  ['disturbedBy', disturbance],
  ['error', optional(text(500))],
];

/** What is wrong with a value that is to be a measurement, with the field's name; undefined where it is one. */
export function malformation(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'wanted an object';
  const fields = value as Record<string, unknown>;
  if (fields.kind === 'rtt') return firstProblem(fields, RTT_CHECKS) ?? rttContradiction(fields as RttFields);
  if (fields.kind === 'bandwidth') return firstProblem(fields, BANDWIDTH_CHECKS) ?? bandwidthContradiction(fields);
  return 'kind: wanted rtt or bandwidth';
}

type RttFields = Pick<Measurement & { kind: 'rtt' }, 'transmitted' | 'received' | 'rttMicroseconds'>;

function firstProblem(fields: Record<string, unknown>, checks: typeof RTT_CHECKS): string | undefined {
  for (const [field, check] of checks) {
    const problem = check(fields[field]);
    if (problem !== undefined) return `${field}: ${fields[field] === undefined ? 'missing, ' : ''}${problem}`;
  }
  return undefined;
}

function rttContradiction({ transmitted, received, rttMicroseconds }: RttFields): string | undefined {
  if (received > transmitted) return 'received: more received than transmitted';
  if (received > 0 === (rttMicroseconds !== undefined)) return undefined;
  return 'rttMicroseconds: wanted exactly where a ping was answered';
}

function bandwidthContradiction(fields: Record<string, unknown>): string | undefined {
  if ((fields.bandwidthBitsPerSecond === undefined) !== (fields.error === undefined)) return undefined;
  return 'bandwidthBitsPerSecond: wanted either a bandwidth or an error';
}

function whole(least: number, most: number): Check {
  const problem = `wanted a whole number from ${least} to ${most}`;
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most ? undefined : problem;
}

function text(longest: number): Check {
  const problem = `wanted a text of 1 to ${longest} characters`;
  return (value) => (typeof value === 'string' && value.length > 0 && value.length <= longest ? undefined : problem);
}

function oneOf(...values: string[]): Check {
  const problem = `wanted ${values.join(' or ')}`;
  return (value) => (values.includes(value as string) ? undefined : problem);
}

function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

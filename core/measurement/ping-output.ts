import { MICROSECONDS_LIMIT } from '#core/api/fields.ts';
import { type RoundTripResult, summarizeRoundTrips } from '#core/measurement/round-trips.ts';

export type PingFailureCause = 'permission' | 'no-route' | 'unknown-host' | 'unparsable';

/** What one run of ping said. The first two are measurements; a run that failed says nothing about the link. */
export type PingResult =
  | (RoundTripResult & { outcome: 'answered'; duplicates: number })
  | (RoundTripResult & { outcome: 'unanswered' })
  | { outcome: 'failed'; cause: PingFailureCause; reason: string };

/**
 * Reads what iputils ping wrote in the C locale, stdout and stderr together; RTT and jitter as in summarizeRoundTrips.
 * Without a summary (ping was killed) the pings up to the last one heard of count.
 *
 * Times are those of the reply lines. ping rounds them to three significant digits, so they are off by 0.5 % at most,
 * where an estimate from six pings is off by 2.5 %. The summary has the exact microseconds, but its figures include
 * the first reply and the duplicates.
 */
export function parsePing(output: string): PingResult {
  const lines = output.split('\n');
  const replies = lines.flatMap(readReply);
  const counts = readSummary(output) ?? countLines(lines, replies);
  if (counts.transmitted === 0) return describeFailure(lines);
  if (counts.received > counts.transmitted) return unparsable('more replies than pings');
  if (counts.received === 0) {
    const cause = lines.some((line) => NO_WAY.test(line)) ? 'unreachable' : 'timeout';
    return { outcome: 'unanswered', transmitted: counts.transmitted, received: 0, cause };
  }
  const inOrder = replies.toSorted((one, other) => one.sequence - other.sequence);
  const times = summarizeRoundTrips(inOrder.map(({ microseconds }) => microseconds));
  return times === undefined ? unparsable('no reply has a time') : { outcome: 'answered', ...counts, ...times };
}

interface Reply {
  sequence: number;
  microseconds: number;
}

interface Counts {
  transmitted: number;
  received: number;
  duplicates: number;
}

const REPLY = /^\d+ bytes from .*\bicmp_seq=(\d+) .*\btime=(\d+(?:\.\d+)?) ms/;
const DUPLICATE = /\(DUP!\)/;
/** What a router, or the own host of a neighbour that is not there, answers instead of the one that was asked. */
const NO_WAY = /\bicmp_seq=\d+ (Destination .*(Unreachable|Prohibited)|Packet filtered)/i;
const ANY_SEQUENCE = /\bicmp_seq=(\d+)\b/;
const SUMMARY = /^(\d+) packets transmitted, (\d+) received(?:, \+(\d+) duplicates)?/m;

function readReply(line: string): Reply[] {
  const match = REPLY.exec(line);
  if (match === null || DUPLICATE.test(line)) return [];
  const microseconds = Math.round(Number(match[2]) * 1000);
  // No ping waits that long: somebody set the clock.
  return microseconds > MICROSECONDS_LIMIT ? [] : [{ sequence: Number(match[1]), microseconds }];
}

function readSummary(output: string): Counts | undefined {
  const match = SUMMARY.exec(output);
  if (match === null) return undefined;
  return { transmitted: Number(match[1]), received: Number(match[2]), duplicates: Number(match[3] ?? 0) };
}

function countLines(lines: readonly string[], replies: readonly Reply[]): Counts {
  const sequences = lines.map((line) => Number(ANY_SEQUENCE.exec(line)?.[1] ?? 0));
  return {
    transmitted: Math.max(0, ...sequences),
    received: replies.length,
    duplicates: lines.filter((line) => DUPLICATE.test(line)).length,
  };
}

const FAILURES: readonly (readonly [PingFailureCause, RegExp])[] = [
  ['permission', /operation not permitted|permission denied/i],
  ['no-route', /network is unreachable|no route to host|cannot assign requested address/i],
  ['unknown-host', /name resolution|name or service not known|no address associated/i],
];

function describeFailure(lines: readonly string[]): PingResult {
  for (const [cause, pattern] of FAILURES) {
    const line = lines.find((candidate) => pattern.test(candidate));
    if (line !== undefined) return { outcome: 'failed', cause, reason: line.trim() };
  }
  const said = lines.find((line) => line.startsWith('ping')) ?? lines.find((line) => line.trim() !== '');
  return unparsable(said?.trim() ?? 'ping said nothing');
}

function unparsable(reason: string): PingResult {
  return { outcome: 'failed', cause: 'unparsable', reason };
}

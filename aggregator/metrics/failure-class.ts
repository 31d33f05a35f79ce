import type { Measurement } from '#core/api/agent.ts';

/** Why a measurement has no value, or not the whole one. */
export type FailureClass = 'disturbed' | 'unanswered' | 'partly_lost' | (typeof TEST_ERRORS)[number]['name'] | 'other';

/** What agents say of a bandwidth test that failed: iperf3's own words, or theirs. */
const TEST_ERRORS = [
  { name: 'busy', pattern: /busy/i },
  { name: 'refused', pattern: /refused/i },
  { name: 'timeout', pattern: /timed? ?out|deadline|in time/i },
  { name: 'no_route', pattern: /unreachable|no route/i },
  { name: 'broken_off', pattern: /reset|closed|broken pipe|terminated|interrupt/i },
] as const;

/** Undefined where nothing failed. */
export function failureClass(measurement: Measurement): FailureClass | undefined {
  if (measurement.disturbedBy !== undefined) return 'disturbed';
  if (measurement.kind === 'rtt') {
    if (measurement.received === 0) return 'unanswered';
    return measurement.received < measurement.transmitted ? 'partly_lost' : undefined;
  }
  const { error } = measurement;
  if (error === undefined) return undefined;
  return TEST_ERRORS.find(({ pattern }) => pattern.test(error))?.name ?? 'other';
}

/** What it was measured with: icmp or tcp, tcp or udp. */
export function methodOf(measurement: Measurement): string {
  return measurement.kind === 'rtt' ? (measurement.method ?? 'icmp') : (measurement.protocol ?? 'tcp');
}

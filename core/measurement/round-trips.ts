import { mean, median } from '#core/statistics.ts';

/** What a probe measured, by whatever method: `answered`, or `unanswered`, which is a measurement too. */
export type RoundTripResult =
  | ({ outcome: 'answered'; transmitted: number; received: number } & RoundTrips)
  | { outcome: 'unanswered'; transmitted: number; received: 0; cause: SilenceCause };

/** Nothing came back, or somebody on the way said that there is no way. */
export type SilenceCause = 'timeout' | 'unreachable';

export interface RoundTrips {
  rttMicroseconds: number;
  /** Absent where fewer than two round trips count. */
  jitterMicroseconds?: number;
}

/**
 * RTT is the median and jitter the mean absolute difference of consecutive round trips. `microseconds` are in the order of
 * sending. Both leave out the first, which address resolution and connection tracking delay, unless it is the only one.
 * Undefined where there is none. Whole microseconds.
 */
export function summarizeRoundTrips(microseconds: readonly number[]): RoundTrips | undefined {
  const counted = microseconds.length > 1 ? microseconds.slice(1) : microseconds;
  const rtt = median(counted);
  if (rtt === undefined) return undefined;
  const jitter = mean(counted.slice(1).map((time, index) => Math.abs(time - (counted[index] ?? 0))));
  return {
    rttMicroseconds: Math.round(rtt),
    ...(jitter === undefined ? {} : { jitterMicroseconds: Math.round(jitter) }),
  };
}

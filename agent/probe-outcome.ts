import type { PingFailureCause } from '#core/measurement/ping-output.ts';
import type { RoundTripResult, SilenceCause } from '#core/measurement/round-trips.ts';

/** What came of one probe by one method. One that failed says nothing about the link. */
export type ProbeOutcome = RoundTripResult | { outcome: 'failed'; cause: ProbeFailureCause; reason: string };

/** `not-sent`: the own host did not let it out. `not-run`: there is no ping. */
export type ProbeFailureCause = PingFailureCause | 'no-address' | 'not-run' | 'not-sent';

/** Why a probe has no value; undefined where it has one. */
export function failureClass(outcome: ProbeOutcome): SilenceCause | ProbeFailureCause | undefined {
  return outcome.outcome === 'answered' ? undefined : outcome.cause;
}

export interface ProbePace {
  packets: number;
  packetIntervalMilliseconds: number;
}

import type { Verdict } from '#core/api/condition.ts';
import type { Move } from '#core/appgroup/drift.ts';

const type = 'Drifted';

/** The condition Drifted, of the moves that are worthwhile. What they save changes all the time, and is not told. */
export function driftVerdict(moves: readonly Move[]): Verdict {
  const [first] = moves;
  if (first === undefined) {
    const message = 'no pod has been better off elsewhere for long';
    return { type, status: 'False', reason: 'NoMoveWorthwhile', message };
  }
  const others = moves.length === 1 ? '' : `, and ${moves.length - 1} more`;
  const message = `${first.pod} would be better off on ${first.to} than on ${first.from}${others}: see "netaware advise"`;
  return { type, status: 'True', reason: 'MovesWorthwhile', message };
}

export const DRIFT_UNKNOWN: Verdict = {
  type,
  status: 'Unknown',
  reason: 'NotLookedYet',
  message: 'nobody has looked yet whether pods would be better off elsewhere',
};

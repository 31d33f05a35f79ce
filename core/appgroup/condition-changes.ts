import type { Condition } from '#core/api/condition.ts';

/** What there is to tell of a condition that has changed: an event about the AppGroup. */
export interface ConditionChange {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** The status of each condition that somebody should look at, and whether that is a warning. */
const NOTEWORTHY: Readonly<Record<string, { status: Condition['status']; type: ConditionChange['type'] }>> = {
  Valid: { status: 'False', type: 'Warning' },
  Acyclic: { status: 'False', type: 'Normal' },
  Unambiguous: { status: 'False', type: 'Warning' },
  Planned: { status: 'False', type: 'Warning' },
  Drifted: { status: 'True', type: 'Normal' },
};

/** Conditions that became noteworthy, or are no longer: not what is well from the start, nor what is not known. */
export function conditionChanges(
  before: readonly Condition[] | undefined,
  after: readonly Condition[] | undefined,
): ConditionChange[] {
  return (after ?? []).flatMap(({ type, status, reason, message }) => {
    const noteworthy = NOTEWORTHY[type];
    const last = before?.find((condition) => condition.type === type)?.status;
    if (noteworthy === undefined || status === last || status === 'Unknown') return [];
    if (status === noteworthy.status) return [{ type: noteworthy.type, reason, message }];
    return last === noteworthy.status ? [{ type: 'Normal' as const, reason, message }] : [];
  });
}

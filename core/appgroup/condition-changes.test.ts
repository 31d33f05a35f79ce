import { expect, it } from 'vitest';
import type { Condition } from '#core/api/condition.ts';
import { conditionChanges } from '#core/appgroup/condition-changes.ts';
import { NOW } from '#test/builders.ts';

const condition = (type: string, status: Condition['status']): Condition => ({
  type,
  status,
  reason: `${type}${status}`,
  message: 'why',
  lastTransitionTime: NOW,
});

it.each<[string, Condition[] | undefined, Condition[], string[]]>([
  [
    'nothing of what is well from the start',
    undefined,
    [condition('Valid', 'True'), condition('Drifted', 'False')],
    [],
  ],
  ['what is wrong from the start', undefined, [condition('Valid', 'False')], ['Warning ValidFalse']],
  ['what goes wrong', [condition('Planned', 'True')], [condition('Planned', 'False')], ['Warning PlannedFalse']],
  [
    'and that it is well again',
    [condition('Planned', 'False')],
    [condition('Planned', 'True')],
    ['Normal PlannedTrue'],
  ],
  ['not what stays', [condition('Planned', 'False')], [condition('Planned', 'False')], []],
  ['not what is not known', [condition('Planned', 'False')], [condition('Planned', 'Unknown')], []],
  ['drift', [condition('Drifted', 'False')], [condition('Drifted', 'True')], ['Normal DriftedTrue']],
  ['a circle, which is no fault', undefined, [condition('Acyclic', 'False')], ['Normal AcyclicFalse']],
  ['nothing of conditions of others', undefined, [condition('Odd', 'False')], []],
])('tells %s', (_what, before, after, want) => {
  expect(conditionChanges(before, after).map(({ type, reason }) => `${type} ${reason}`)).toEqual(want);
});

import { describe, expect, it } from 'vitest';
import { type AuditedPod, BindingAudit } from './binding-audit.ts';

const START_MS = 1_000_000;
const GRACE_MS = 5_000;

function podOf(options: Partial<AuditedPod> = {}): AuditedPod {
  return { uid: 'u1', namespace: 'default', name: 'web', createdAtMs: START_MS + 1, ...options };
}

type Step = { at: number; decided: string } | { at: number; before?: AuditedPod; after?: AuditedPod; counts?: boolean };

const unbound = podOf();
const bound = podOf({ node: 'n1' });
const old = podOf({ createdAtMs: START_MS - 60_000 });

describe('the audit of bindings', () => {
  it.each<[string, Step[], string[]]>([
    ['finds a pod that was bound without a decision', [{ at: 0, before: unbound, after: bound }], ['web']],
    ['also one that is first seen when it is bound already', [{ at: 0, after: bound }], ['web']],
    [
      'passes one whose decision came before',
      [
        { at: 0, decided: 'u1' },
        { at: 9, before: unbound, after: bound },
      ],
      [],
    ],
    [
      'and one whose decision came within the grace',
      [
        { at: 0, before: unbound, after: bound },
        { at: 4999, decided: 'u1' },
      ],
      [],
    ],
    [
      'does not look at one that was bound before it started',
      [{ at: 0, after: { ...old, node: 'n1' }, counts: false }],
      [],
    ],
    [
      'but at one that waited since before it started',
      [{ at: 0, before: old, after: { ...old, node: 'n1' } }],
      ['web'],
    ],
    ['nor at a change of a bound pod', [{ at: 0, before: bound, after: bound, counts: false }], []],
    ['nor at a pod that goes', [{ at: 0, before: bound, counts: false }], []],
    [
      'takes a pod of the same name for another one',
      [
        { at: 0, decided: 'u0' },
        { at: 1, before: podOf({ uid: 'u0', node: 'n1' }), after: bound },
      ],
      ['web'],
    ],
  ])('%s', (_what, steps, want) => {
    const audit = new BindingAudit({ startedAtMs: START_MS, graceMs: GRACE_MS });
    for (const step of steps) {
      const nowMs = START_MS + step.at;
      if ('decided' in step) audit.decided(step.decided, nowMs);
      else expect(audit.podChanged(step.before, step.after, nowMs)).toBe(step.counts ?? true);
    }
    expect(audit.takeNotScored(START_MS + GRACE_MS - 1)).toEqual([]);
    expect(audit.takeNotScored(START_MS + GRACE_MS + 1).map(({ name }) => name)).toEqual(want);
    expect(audit.takeNotScored(START_MS + 10 * GRACE_MS)).toEqual([]);
  });

  it('forgets the oldest of more than it can hold', () => {
    const audit = new BindingAudit({ startedAtMs: START_MS, graceMs: GRACE_MS });
    for (let index = 0; index < 20_001; index++) audit.decided(`u${index}`, START_MS);
    audit.podChanged(undefined, podOf({ uid: 'u0', node: 'n1' }), START_MS);
    audit.podChanged(undefined, podOf({ uid: 'u1', node: 'n1' }), START_MS);
    expect(audit.takeNotScored(START_MS + GRACE_MS).map(({ uid }) => uid)).toEqual(['u0']);
  });
});

import { describe, expect, it } from 'vitest';
import {
  type AuditedPod,
  BindingAudit,
  CLOCK_SKEW_MS,
  DECISION_MS,
  GRACE_MS,
  ROUTED_MS,
} from '#aggregator/bindings/binding-audit.ts';

/** The wall clock when the audit starts; the other clock shows 0 then. */
const START_MS = 1_000_000;

function podOf(options: Partial<AuditedPod> = {}): AuditedPod {
  return { uid: 'u1', namespace: 'default', name: 'web', createdAtMs: START_MS, ...options };
}

type Step = { at: number; decided: string } | { at: number; before?: AuditedPod; after?: AuditedPod; counts?: boolean };

const unbound = podOf();
const bound = podOf({ node: 'n1' });
const old = podOf({ createdAtMs: START_MS - 60_000 });
const listedFirst = (afterStartMs: number) =>
  podOf({ createdAtMs: START_MS + afterStartMs, node: 'n1', listedFirst: true });
/** Decisions have been coming for long. */
const NOW = 2 * DECISION_MS;

describe('the audit of bindings', () => {
  it.each<[string, Step[], string[]]>([
    ['finds a pod that was bound without a decision', [{ at: 0, before: unbound, after: bound }], ['web']],
    ['also one that is first seen when it is bound already', [{ at: 0, after: bound }], ['web']],
    [
      'passes one whose decision came before',
      [
        { at: -DECISION_MS, decided: 'u1' },
        { at: 0, before: unbound, after: bound },
      ],
      [],
    ],
    [
      'but not long before: it was of another attempt',
      [
        { at: -DECISION_MS - 1, decided: 'u1' },
        { at: 0, before: unbound, after: bound },
      ],
      ['web'],
    ],
    [
      'and one whose decision came within the grace',
      [
        { at: 0, before: unbound, after: bound },
        { at: GRACE_MS - 1, decided: 'u1' },
      ],
      [],
    ],
    [
      'does not look at one that was bound before it started',
      [{ at: 0, after: { ...old, node: 'n1' }, counts: false }],
      [],
    ],
    [
      'nor at one that was there at the start, if the clock of the API server may be ahead',
      [{ at: 0, after: listedFirst(CLOCK_SKEW_MS - 1), counts: false }],
      [],
    ],
    [
      'but at one of the first list that was made after the start',
      [{ at: 0, after: listedFirst(CLOCK_SKEW_MS) }],
      ['web'],
    ],
    [
      'nor at one that was there when its watch began, which was later',
      [{ at: 0, after: { ...listedFirst(60_000), watchedSinceMs: START_MS + 60_000 }, counts: false }],
      [],
    ],
    [
      'and at one that is new, if the clock of the API server may be behind',
      [{ at: 0, after: podOf({ createdAtMs: START_MS - CLOCK_SKEW_MS, node: 'n1' }) }],
      ['web'],
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
        { at: -1, decided: 'u0' },
        { at: 0, before: podOf({ uid: 'u0', node: 'n1' }), after: bound },
      ],
      ['web'],
    ],
  ])('%s', (_what, steps, want) => {
    const audit = new BindingAudit(START_MS);
    audit.ready(0);
    for (const step of steps) {
      const nowMs = NOW + step.at;
      if ('decided' in step) audit.decided(step.decided, nowMs);
      else expect(audit.podChanged(step.before, step.after, nowMs)).toBe(step.counts ?? true);
    }
    expect(audit.takeNotScored(NOW + GRACE_MS - 1)).toEqual([]);
    expect(audit.takeNotScored(NOW + GRACE_MS).map(({ name }) => name)).toEqual(want);
    expect(audit.takeNotScored(NOW + 10 * GRACE_MS)).toEqual([]);
  });

  it('misses no decision before the aggregator was ready for it', () => {
    const audit = new BindingAudit(START_MS);
    audit.podChanged(undefined, bound, NOW);
    audit.podChanged(undefined, podOf({ uid: 'u2', name: 'late', node: 'n1' }), NOW);
    const readyAtMs = NOW + 3_600_000;
    expect(audit.takeNotScored(readyAtMs)).toEqual([]);
    audit.ready(readyAtMs);
    const routedAtMs = readyAtMs + ROUTED_MS;
    expect(audit.takeNotScored(routedAtMs + GRACE_MS - 1)).toEqual([]);
    audit.decided('u2', routedAtMs + GRACE_MS - 1);
    expect(audit.takeNotScored(routedAtMs + GRACE_MS).map(({ name }) => name)).toEqual(['web']);
  });

  it('forgets the oldest of more than it can hold', () => {
    const audit = new BindingAudit(START_MS);
    audit.ready(0);
    for (let index = 0; index < 20_001; index++) audit.decided(`u${index}`, NOW);
    audit.podChanged(undefined, podOf({ uid: 'u0', node: 'n1' }), NOW);
    audit.podChanged(undefined, podOf({ uid: 'u1', node: 'n1' }), NOW);
    expect(audit.takeNotScored(NOW + GRACE_MS).map(({ uid }) => uid)).toEqual(['u0']);
  });
});

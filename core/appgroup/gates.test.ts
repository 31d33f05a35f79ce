import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GateDelays, type OrderedPod, type ReleaseReason, releases } from '#core/appgroup/gates.ts';
import { judgeSpec } from '#core/appgroup/status.ts';
import { makeGroup } from '#test/builders.ts';

const DELAYS: GateDelays = { settleMs: 1000, planWaitMs: 2000, deadlineMs: 30_000, limitMs: 300_000 };
const NOW = 1_000_000;
/** Placed in this order. */
const CHAIN = makeGroup('shop', { a: { b: 1 }, b: { c: 1 }, c: {} }, { ordering: 'Kahn' }).spec;

interface NamedPod extends OrderedPod {
  name: string;
}

const gated = (workload: string, ageMs: number): NamedPod => podOf(workload, ageMs, undefined, false);
const waiting = (workload: string, ageMs: number, releasedAgoMs = ageMs) =>
  podOf(workload, ageMs, releasedAgoMs, false);
const bound = (workload: string, ageMs = 60_000) => podOf(workload, ageMs, ageMs, true);

function podOf(workload: string, ageMs: number, releasedAgoMs: number | undefined, isBound: boolean): NamedPod {
  const releasedMs = releasedAgoMs === undefined ? undefined : NOW - releasedAgoMs;
  const createdMs = NOW - ageMs;
  return { name: workload, workload, createdMs, seenMs: createdMs, releasedMs, bound: isBound };
}

type Outcome = [due: [string, ReleaseReason][], nextInMs?: number];

function outcome(pods: readonly NamedPod[], { spec = CHAIN as unknown, planReady = true } = {}): Outcome {
  const judged = spec === 'missing' ? undefined : judgeSpec(spec);
  const { due, nextMs } = releases({ judged, pods, planReady, delays: DELAYS, nowMs: NOW });
  const named = due.map(({ pod, reason }): [string, ReleaseReason] => [pod.name, reason]);
  return nextMs === undefined ? [named] : [named, nextMs - NOW];
}

describe('gates', () => {
  it.each<[string, NamedPod[], Outcome]>([
    ['hold nobody where nobody is gated', [bound('a'), waiting('b', 5)], [[]]],
    [
      'let the first workload go when no more pods come',
      [gated('a', 1000), gated('a', 1009)],
      [
        [
          ['a', 'order'],
          ['a', 'order'],
        ],
      ],
    ],
    ['wait for all pods of the group, so that the plan is of all', [gated('a', 900), gated('b', 400)], [[], 600]],
    ['hold the next while one before is gated', [gated('a', 1000), gated('b', 1000)], [[['a', 'order']], 299_000]],
    ['and while it is not bound', [bound('a'), waiting('a', 9000, 4000), gated('b', 9000)], [[], 26_000]],
    ['let it go when it is bound', [bound('a'), gated('b', 9000)], [[['b', 'order']]]],
    [
      'all replicas at once',
      [bound('a'), gated('b', 9000), gated('b', 1000)],
      [
        [
          ['b', 'order'],
          ['b', 'order'],
        ],
      ],
    ],
    ['hold none after that', [bound('a'), gated('b', 9000), gated('c', 9000)], [[['b', 'order']], 291_000]],
    ['know of an order beyond the next', [waiting('a', 9000), bound('b'), gated('c', 9000)], [[], 21_000]],
    [
      'do not wait for a later workload',
      [gated('a', 1000), waiting('b', 9000), gated('c', 1000)],
      [[['a', 'order']], 299_000],
    ],
    [
      'do not wait for one that is not bound in time',
      [waiting('a', 90_000, 30_000), gated('b', 9000)],
      [[['b', 'deadline']]],
    ],
    [
      'hold no pod longer than the limit',
      [gated('a', 1000), gated('b', 300_000)],
      [
        [
          ['a', 'order'],
          ['b', 'deadline'],
        ],
      ],
    ],
    ['wait for more replicas of a workload before', [bound('a', 400), gated('b', 5000 - 1)], [[], 1]],
    ['until the last is as old as the settle time', [bound('a', 700), gated('b', 2000)], [[], 300]],
    ['wait for a workload without pods while pods come', [bound('a'), gated('c', 200)], [[], 800]],
    ['and not when none came for the settle time', [bound('a'), gated('c', 1000)], [[['c', 'order']]]],
    ['do not wait for one as long as pods come', [bound('a'), bound('c', 200), gated('c', 5000)], [[['c', 'order']]]],
    ['hold a pod of an unknown workload for a grace', [gated('x', 4000)], [[], 1000]],
    ['and then let it go', [gated('x', 5000)], [[['x', 'unknownWorkload']]]],
  ])('%s', (_what, pods, want) => {
    expect(outcome(pods)).toEqual(want);
  });

  it.each<[string, { spec?: unknown; planReady?: boolean }, NamedPod[], Outcome]>([
    ['wait for a group that may come', { spec: 'missing' }, [gated('a', 4000)], [[], 1000]],
    ['and let go where it did not', { spec: 'missing' }, [gated('a', 5000)], [[['a', 'noGroup']]]],
    [
      'hold nobody for a group that is not valid',
      { spec: { workloads: [] } },
      [gated('b', 0)],
      [[['b', 'invalidGroup']]],
    ],
    [
      'nor for one that wants no order',
      { spec: { ...CHAIN, ordering: 'None' } },
      [gated('b', 0)],
      [[['b', 'noOrder']]],
    ],
    ['wait for the plan', { planReady: false }, [gated('a', 500)], [[], 1500]],
    [
      'also where the pod is old, and the aggregator has only just come to know of it',
      { planReady: false },
      [{ ...gated('a', 90_000), seenMs: NOW - 500 }],
      [[], 1500],
    ],
    ['but not for long', { planReady: false }, [gated('a', 2000)], [[['a', 'noPlan']]]],
    [
      'and tell of the deadline where both are over',
      { planReady: false },
      [waiting('a', 30_000), gated('b', 2000)],
      [[['b', 'deadline']]],
    ],
  ])('%s', (_what, ground, pods, want) => {
    expect(outcome(pods, ground)).toEqual(want);
  });

  it('follow the order also where workloads call each other in a circle', () => {
    const { spec } = makeGroup('shop', { a: { b: 1 }, b: { a: 1 } }, { ordering: 'Kahn' });
    const [first = '', second = ''] = judgeSpec(spec).scheduleOrder;
    expect(outcome([gated(first, 9000), gated(second, 9000)], { spec })[0]).toEqual([[first, 'order']]);
    expect(outcome([bound(first), gated(second, 9000)], { spec })[0]).toEqual([[second, 'order']]);
  });
});

const anyPod = fc
  .record({
    workload: fc.constantFrom('a', 'b', 'c', 'unknown'),
    ageMs: fc.nat(400_000),
    releasedAgoMs: fc.option(fc.nat(400_000), { nil: undefined }),
    bound: fc.boolean(),
  })
  .map(({ workload, ageMs, releasedAgoMs, bound: isBound }) =>
    podOf(workload, ageMs, releasedAgoMs && Math.min(releasedAgoMs, ageMs), isBound && releasedAgoMs !== undefined),
  );
const anyGround = fc.record({
  pods: fc.array(anyPod, { maxLength: 12 }),
  judged: fc.constantFrom(undefined, judgeSpec(CHAIN), judgeSpec({ ...CHAIN, ordering: 'None' }), judgeSpec({})),
  planReady: fc.boolean(),
});

describe('gates, whatever the pods are,', () => {
  it('hold no pod beyond the limit, and say when to look again', () => {
    fc.assert(
      fc.property(anyGround, (ground) => {
        const { due, nextMs } = releases({ ...ground, delays: DELAYS, nowMs: NOW });
        const released = new Set(due.map(({ pod }) => pod));
        const held = ground.pods.filter((pod) => pod.releasedMs === undefined && !released.has(pod));
        for (const { createdMs } of held) expect(createdMs + DELAYS.limitMs).toBeGreaterThan(NOW);
        if (held.length === 0) expect(nextMs).toBeUndefined();
        else expect(nextMs).toBeGreaterThan(NOW);
        for (const { pod } of due) expect(pod.releasedMs).toBeUndefined();
      }),
    );
  });

  it('let go in order only who has nobody unbound before', () => {
    fc.assert(
      fc.property(anyGround, (ground) => {
        const order = ground.judged?.scheduleOrder ?? [];
        for (const { pod, reason } of releases({ ...ground, delays: DELAYS, nowMs: NOW }).due) {
          if (reason !== 'order') continue;
          const before = order.slice(0, order.indexOf(pod.workload));
          expect(ground.pods.filter(({ workload, bound: isBound }) => before.includes(workload) && !isBound)).toEqual(
            [],
          );
        }
      }),
    );
  });

  it('let everybody go in the schedule order where everybody is bound a moment after', () => {
    const burst = fc.array(fc.record({ workload: fc.constantFrom('a', 'b', 'c'), createdMs: fc.nat(900) }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(burst, (created) => {
        const pods: OrderedPod[] = created.map((pod) => ({ ...pod, seenMs: pod.createdMs, bound: false }));
        const bindings: string[] = [];
        let nowMs = 900;
        while (pods.some(({ bound: isBound }) => !isBound)) {
          const { due, nextMs } = releases({ judged: judgeSpec(CHAIN), pods, planReady: true, delays: DELAYS, nowMs });
          for (const { pod, reason } of due) {
            expect(reason).toBe('order');
            Object.assign(pod, { releasedMs: nowMs, bound: true });
            bindings.push(pod.workload);
          }
          if (due.length === 0) nowMs = nextMs ?? Number.NaN;
        }
        expect(bindings).toEqual(bindings.toSorted());
        expect(nowMs).toBeLessThanOrEqual(900 + DELAYS.settleMs);
      }),
    );
  });
});

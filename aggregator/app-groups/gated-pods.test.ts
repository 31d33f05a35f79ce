import { describe, expect, it } from 'vitest';
import { GatedPods, NO_GROUP, type Sighting } from '#aggregator/app-groups/gated-pods.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import { ORDERED_GATE } from '#core/api/names.ts';
import { makePod, NOW_MS, secondsAgo } from '#test/builders.ts';

interface PodOptions {
  uid?: string;
  gates?: string[];
  node?: string;
  group?: string;
  createdSecondsAgo?: number;
}

function podOf({ uid = 'u1', gates = [], createdSecondsAgo = 0, ...options }: PodOptions): Pod {
  const pod = makePod('web-0', { group: 'shop', workload: 'web', ...options });
  const metadata = { ...pod.metadata, uid, creationTimestamp: secondsAgo(createdSecondsAgo) };
  return { ...pod, metadata, spec: { ...pod.spec, schedulingGates: gates.map((name) => ({ name })) } };
}

const seen = (nowMs: number, listing = false): Sighting => ({ nowMs, wallMs: NOW_MS, listing });
const gated = podOf({ gates: ['example.com/quota', ORDERED_GATE] });
const open = podOf({ gates: ['example.com/quota'] });

/** The only pod, as it is known after it changed as told. */
function after(...steps: [before: Pod | undefined, after: Pod | undefined, seen: Sighting][]) {
  const pods = new GatedPods();
  for (const step of steps) pods.change(...step);
  // One that stays gated makes the others of its group be told.
  pods.change(undefined, podOf({ uid: 'other', gates: [ORDERED_GATE] }), seen(0));
  return pods
    .withGated()
    .flatMap(([, members]) => members)
    .find(({ uid }) => uid !== 'other');
}

describe('the pods that the order looks at', () => {
  it('are created when they are first seen, whatever the API server takes for the time', () => {
    const ahead = podOf({ gates: [ORDERED_GATE], createdSecondsAgo: -600 });
    const behind = podOf({ gates: [ORDERED_GATE], createdSecondsAgo: 600 });
    for (const pod of [ahead, behind]) expect(after([undefined, pod, seen(7)])).toMatchObject({ createdMs: 7 });
    expect(after([undefined, ahead, seen(7, true)])).toMatchObject({ createdMs: 7 });
  });

  it('are as old as it says where they were there before', () => {
    const old = podOf({ gates: [ORDERED_GATE], createdSecondsAgo: 5 });
    expect(after([undefined, old, seen(7000, true)])).toMatchObject({ createdMs: 2000 });
  });

  it('are released when the gate is gone, whatever other gates there are', () => {
    expect(after([undefined, gated, seen(1)])).toMatchObject({ releasedMs: undefined });
    const released = after([undefined, gated, seen(1)], [gated, open, seen(5)], [open, open, seen(9)]);
    expect(released).toMatchObject({ createdMs: 1, releasedMs: 5 });
    expect(after([undefined, open, seen(1)])).toMatchObject({ releasedMs: 1 });
  });

  it('stay released where the watch lags behind', () => {
    const pods = new GatedPods();
    pods.change(undefined, gated, seen(1));
    pods.released('u1', 3);
    pods.change(gated, gated, seen(4));
    expect(pods.withGated()).toEqual([]);
  });

  it.each<[string, Pod | undefined]>([
    ['is deleted', undefined],
    ['is being deleted', { ...open, metadata: { ...open.metadata, deletionTimestamp: secondsAgo(1) } }],
    ['has ended', { ...open, status: { phase: 'Failed' } }],
  ])('are without one that %s', (_what, next) => {
    expect(after([undefined, open, seen(1)], [open, next, seen(2)])).toBeUndefined();
  });

  it('are new where another pod has the name', () => {
    const another = podOf({ uid: 'u2', gates: [ORDERED_GATE] });
    expect(after([undefined, open, seen(1)], [open, another, seen(5)])).toMatchObject({ uid: 'u2', createdMs: 5 });
  });

  it('belong to a group by both labels', () => {
    const pods = new GatedPods();
    pods.change(undefined, gated, seen(1));
    const moved = podOf({ gates: [ORDERED_GATE], group: '' });
    pods.change(gated, moved, seen(2));
    expect(pods.withGated().map(([group, members]) => [group, members.length])).toEqual([[NO_GROUP, 1]]);
    pods.change(moved, podOf({ node: 'n1', group: 'store' }), seen(3));
    expect(pods.withGated()).toEqual([]);
  });
});

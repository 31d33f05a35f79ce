import { describe, expect, test } from 'vitest';
import type { Pod } from '#core/api/kubernetes.ts';
import { pendingPods, SchedulingQueue } from '#lab/control-plane/scheduler/scheduling-queue.ts';
import { makePod, NOW_MS } from '#test/builders.ts';

function pending(name: string, options: { second?: number; version?: number; priority?: number } = {}): Pod {
  const { second = 0, version = 1, priority = 0 } = options;
  const pod = makePod(name);
  const creationTimestamp = new Date(NOW_MS + second * 1_000).toISOString();
  const metadata = { ...pod.metadata, uid: `uid-${name}`, creationTimestamp, resourceVersion: String(version) };
  return { ...pod, metadata, spec: { ...pod.spec, schedulerName: 'default-scheduler', priority } };
}

function drain(queue: SchedulingQueue, pods: Pod[]): string[] {
  const names: string[] = [];
  for (let left = pods; left.length > 0; ) {
    const next = queue.next(left, NOW_MS);
    if (!('pod' in next)) break;
    names.push(next.pod.metadata.name);
    left = left.filter((pod) => pod !== next.pod);
  }
  return names;
}

describe('the scheduling queue', () => {
  test('goes by priority, then creation time, then order of creation, then name', () => {
    const pods = [
      pending('late', { second: 5, version: 1 }),
      pending('b', { version: 10 }),
      pending('a', { version: 10 }),
      pending('z', { version: 9 }),
      pending('urgent', { second: 9, priority: 100 }),
    ];
    expect(drain(new SchedulingQueue(), pods)).toEqual(['urgent', 'z', 'a', 'b', 'late']);
  });

  test('lets a pod that found no node wait longer each time, and others go on', () => {
    const queue = new SchedulingQueue();
    const stuck = pending('stuck');
    const waits = [0, 1, 2, 3, 4].map(() => {
      queue.tried(stuck, NOW_MS);
      const next = queue.next([stuck], NOW_MS);
      return 'waitMs' in next ? next.waitMs : 0;
    });
    expect(waits).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(drain(queue, [stuck, pending('fresh')])).toEqual(['fresh']);
  });

  test('tries again a second after the last attempt once the cluster changed', () => {
    const queue = new SchedulingQueue();
    const stuck = pending('stuck');
    for (let attempt = 0; attempt < 5; attempt += 1) queue.tried(stuck, NOW_MS);
    expect(queue.next([stuck], NOW_MS + 2_000)).toEqual({ waitMs: 3_000 });
    queue.clusterChanged(NOW_MS + 2_000);
    expect(queue.next([stuck], NOW_MS + 2_000)).toEqual({ pod: stuck });
  });

  test('tries a pod at once whose spec changed', () => {
    const queue = new SchedulingQueue();
    const stuck = pending('stuck');
    queue.tried(stuck, NOW_MS);
    const changed = { ...stuck, spec: { ...stuck.spec, nodeSelector: { disk: 'ssd' } } };
    expect(queue.next([changed], NOW_MS)).toEqual({ pod: changed });
  });

  test.each<[string, Partial<Pod>, boolean]>([
    ['is free', {}, true],
    ['is bound', { spec: { ...pending('p').spec, nodeName: 'n1' } }, false],
    ['is gated', { spec: { ...pending('p').spec, schedulingGates: [{ name: 'netaware.io/ordered' }] } }, false],
    ["is another scheduler's", { spec: { ...pending('p').spec, schedulerName: 'other' } }, false],
    ['has ended', { status: { phase: 'Failed' } }, false],
    ['is being deleted', { metadata: { ...pending('p').metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }, false],
  ])('a pod that %s is pending: %j', (_case, change, wanted) => {
    const pod = { ...pending('p'), ...change };
    expect(pendingPods([pod], new Set(['default-scheduler']))).toEqual(wanted ? [pod] : []);
  });
});

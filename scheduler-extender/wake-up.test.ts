import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Pod } from '#core/api/kubernetes.ts';
import { NETWORK_CHANGED_ANNOTATION } from '#core/api/names.ts';
import type { Snapshot } from '#core/scoring/score.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeGroup, makeNode, makePod, makeSlice, makeSnapshot, makeTopology } from '#test/builders.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const limited = [{ name: 'db', weight: 1, maxLatencyMicroseconds: 20_000 }];

const db = (node: string) => makePod('db-1', { group: 'shop', workload: 'db', node });

function network(rttMs: number, pods: readonly Pod[] = [db('n1')]): Snapshot {
  const slices = [makeSlice('n2', { n1: { rttMicroseconds: rttMs * 1000 } })];
  const nodes = [makeNode('n1'), makeNode('n2')];
  const appGroups = [makeGroup('shop', { web: limited, db: {} })];
  return makeSnapshot({ nodes, slices, topology: makeTopology(), pods, appGroups });
}

function web(uid: string, node?: string): Pod {
  const pod = makePod(`web-${uid}`, { group: 'shop', workload: 'web', ...(node === undefined ? {} : { node }) });
  return { ...pod, metadata: { ...pod.metadata, uid } };
}

describe('pods that limits rejected', () => {
  const patch = vi.fn<KubernetesClient['patch']>();
  const counted = vi.fn();
  const looked = vi.fn();
  let snapshot: Snapshot;
  let wakeUp: WakeUp;

  beforeEach(() => {
    patch.mockReset().mockResolvedValue({});
    counted.mockReset();
    looked.mockReset();
    snapshot = network(40);
    wakeUp = createWakeUp({
      client: { patch } as unknown as KubernetesClient,
      snapshot: () => {
        looked();
        return snapshot;
      },
      config: { strategy: 'linear', dependenciesOnly: false },
      logger: createLogger('test', 'silent'),
      counted,
    });
  });
  afterEach(() => wakeUp.stop());

  function improve(): void {
    snapshot = network(10);
    wakeUp.networkChanged();
  }

  it('are woken by an annotation of one node as soon as one of them would pass', async () => {
    wakeUp.rejected(web('a'), ['n2']);
    wakeUp.rejected(web('b'), ['n2']);
    wakeUp.networkChanged();
    expect(wakeUp.waiting()).toBe(2);
    improve();
    await vi.waitFor(() => expect(wakeUp.waiting()).toBe(0), WAIT);
    const annotations = { [NETWORK_CHANGED_ANNOTATION]: expect.stringMatching(/^\d{4}-.*Z$/) };
    expect(patch.mock.calls).toEqual([
      ['/api/v1/nodes/n2', 'application/merge-patch+json', { metadata: { annotations } }],
    ]);
  });

  it('are not woken by a node that is gone', async () => {
    wakeUp.rejected(web('a'), ['gone']);
    improve();
    await vi.waitFor(() => expect(looked).toHaveBeenCalled(), WAIT);
    await wakeUp.stop();
    expect(wakeUp.waiting()).toBe(1);
    expect(patch).not.toHaveBeenCalled();
  });

  it('are looked for later, not while the change is told', async () => {
    wakeUp.rejected(web('a'), ['n2']);
    improve();
    expect(looked).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(patch).toHaveBeenCalled(), WAIT);
  });

  it('are woken by a node that only another pod of the workload was rejected on', async () => {
    wakeUp.rejected(web('a'), ['n2']);
    wakeUp.rejected(web('b'), ['gone']);
    improve();
    await vi.waitFor(() => expect(patch).toHaveBeenCalled(), WAIT);
  });

  it('are woken where a pod that they talk to is placed elsewhere', async () => {
    wakeUp.rejected(web('a'), ['n2']);
    snapshot = network(40, [db('n2')]);
    wakeUp.podChanged(db('n1'), db('n2'));
    await vi.waitFor(() => expect(patch).toHaveBeenCalled(), WAIT);
  });

  it('are woken where pods of another AppGroup no longer reserve the bandwidth that they need', async () => {
    const needing = [{ name: 'db', weight: 1, minBandwidth: '10M' }];
    const blog = [
      makePod('p', { group: 'blog', workload: 'db', node: 'n1' }),
      makePod('q', { group: 'blog', workload: 'web', node: 'n2' }),
    ];
    const networkWith = (pods: readonly Pod[]) =>
      makeSnapshot({
        nodes: [makeNode('n1'), makeNode('n2')],
        slices: [makeSlice('n2', { n1: { rttMicroseconds: 100, bandwidthBitsPerSecond: 15e6 } })],
        pods: [db('n1'), ...pods],
        appGroups: ['shop', 'blog'].map((name) => makeGroup(name, { web: needing, db: {} })),
      });
    snapshot = networkWith(blog);
    wakeUp.rejected(web('a'), ['n2']);
    wakeUp.networkChanged();
    await vi.waitFor(() => expect(looked).toHaveBeenCalled(), WAIT);
    expect(patch).not.toHaveBeenCalled();
    snapshot = networkWith(blog.slice(0, 1));
    wakeUp.podChanged(blog[1], undefined);
    await vi.waitFor(() => expect(patch).toHaveBeenCalled(), WAIT);
  });

  const gated = web('a');
  it.each([
    ['one that waits', web('a'), 1],
    ['one that is bound', web('a', 'n2'), 0],
    ['one behind a gate', { ...gated, spec: { ...gated.spec, schedulingGates: [{ name: 'quota' }] } }, 0],
    ['one of an unknown AppGroup', makePod('x', { group: 'unknown', workload: 'web' }), 0],
  ])('by an extender before this one are woken at the start, once: %s', async (_what, pod, patches) => {
    wakeUp.started([pod]);
    await vi.waitFor(() => expect(patch).toHaveBeenCalledTimes(patches), WAIT);
    await vi.waitFor(() => expect(counted).toHaveBeenCalledTimes(patches), WAIT);
    wakeUp.networkChanged();
    await wakeUp.stop();
    expect(patch).toHaveBeenCalledTimes(patches);
  });

  it.each([
    ['bound', web('a', 'n2')],
    ['deleted', undefined],
    ['being deleted', { ...web('a'), metadata: { ...web('a').metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }],
  ])('are forgotten when they are %s', (_what, after) => {
    wakeUp.rejected(web('a'), ['n2']);
    wakeUp.podChanged(web('a'), web('a'));
    expect(wakeUp.waiting()).toBe(1);
    wakeUp.podChanged(web('a'), after);
    expect(wakeUp.waiting()).toBe(0);
  });

  it('wait where the patch fails, and it is tried again', async () => {
    patch.mockRejectedValueOnce(new Error('forbidden'));
    wakeUp.rejected(web('a'), ['n2']);
    improve();
    await vi.waitFor(() => expect(counted).toHaveBeenLastCalledWith('failure'), WAIT);
    expect(wakeUp.waiting()).toBe(1);
    await vi.waitFor(() => expect(counted).toHaveBeenLastCalledWith('success'), WAIT);
    expect(wakeUp.waiting()).toBe(0);
  });

  it('wait on where they were rejected anew while the patch was under way', async () => {
    let patched: (value: unknown) => void = () => {};
    patch.mockReturnValueOnce(
      new Promise((resolve) => {
        patched = resolve;
      }),
    );
    wakeUp.rejected(web('a'), ['n2']);
    wakeUp.rejected(web('b'), ['n2']);
    improve();
    await vi.waitFor(() => expect(patch).toHaveBeenCalled(), WAIT);
    wakeUp.rejected(web('a'), ['n2']);
    patched({});
    await vi.waitFor(() => expect(counted).toHaveBeenCalledWith('success'), WAIT);
    expect(wakeUp.waiting()).toBe(1);
  });

  it('are at most ten thousand, of which the oldest give way', () => {
    for (let index = 0; index <= 10_000; index++) wakeUp.rejected(web(String(index)), ['n2']);
    expect(wakeUp.waiting()).toBe(10_000);
    wakeUp.podChanged(web('0'), undefined);
    expect(wakeUp.waiting()).toBe(10_000);
  });
});

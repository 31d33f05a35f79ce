import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Pod } from '#core/api/kubernetes.ts';
import { NETWORK_CHANGED_ANNOTATION } from '#core/api/names.ts';
import { placementsOf } from '#core/appgroup/placements.ts';
import type { Snapshot } from '#core/scoring/score.ts';
import { buildMatrix, indexGroups } from '#core/scoring/snapshot.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeGroup, makeNode, makePod, makeSlice, makeTopology, NOW_MS } from '#test/builders.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const limited = [{ name: 'db', weight: 1, maxLatencyMicroseconds: 20_000 }];

function network(rttMs: number): Snapshot {
  const slices = [makeSlice('n2', { n1: { rttMicroseconds: rttMs * 1000 } })];
  const nodes = [makeNode('n1'), makeNode('n2')];
  return {
    matrix: buildMatrix({ nodes, slices, topology: makeTopology() }, NOW_MS),
    placements: placementsOf([makePod('db-1', { group: 'shop', workload: 'db', node: 'n1' })]),
    groups: indexGroups([makeGroup('shop', { web: limited, db: {} })]),
  };
}

function web(uid: string, node?: string): Pod {
  const pod = makePod(`web-${uid}`, { group: 'shop', workload: 'web', ...(node === undefined ? {} : { node }) });
  return { ...pod, metadata: { ...pod.metadata, uid } };
}

describe('pods that limits rejected', () => {
  const patch = vi.fn<KubernetesClient['patch']>();
  const counted = vi.fn();
  let snapshot: Snapshot;
  let wakeUp: WakeUp;

  beforeEach(() => {
    patch.mockReset().mockResolvedValue({});
    counted.mockReset();
    snapshot = network(40);
    wakeUp = createWakeUp({
      client: { patch } as unknown as KubernetesClient,
      snapshot: () => snapshot,
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

  it('are not woken by a node that is gone', () => {
    wakeUp.rejected(web('a'), ['gone']);
    improve();
    expect(wakeUp.waiting()).toBe(1);
    expect(patch).not.toHaveBeenCalled();
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

  it('wait for the next change where the patch fails', async () => {
    patch.mockRejectedValueOnce(new Error('forbidden'));
    wakeUp.rejected(web('a'), ['n2']);
    improve();
    await vi.waitFor(() => expect(counted).toHaveBeenLastCalledWith('failure'), WAIT);
    expect(wakeUp.waiting()).toBe(1);
    wakeUp.networkChanged();
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

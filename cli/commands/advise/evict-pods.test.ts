import { describe, expect, it } from 'vitest';
import type { Advice, AdvisedMove } from '#core/api/advice.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { makePod } from '#test/builders.ts';
import { evictPods } from './evict-pods.ts';

function podOf(name: string, uid: string, node: string, isReady: boolean): Pod {
  const made = makePod(name, { group: 'shop', workload: 'web', node });
  const metadata = { ...made.metadata, uid, ownerReferences: [{ controller: true }] };
  return { ...made, metadata, status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] } };
}

function moveOf(pod: string): AdvisedMove {
  const saves = { saving: 0.5, savingPercent: 50, since: '2026-01-01T00:00:00Z' };
  return { namespace: 'default', pod, appGroup: 'shop', workload: 'web', from: 'n1', to: 'n2', ...saves };
}

/** A cluster in which an evicted pod is followed by one on n2 that is ready, where it ever is, when the pods were read again. */
function clusterOf(options: { becomesReady: boolean; looks?: AdvisedMove[][] }) {
  const { becomesReady, looks = [] } = options;
  const pods = new Map(['web-0', 'web-1'].map((name) => [name, podOf(name, `${name}-old`, 'n1', true)]));
  const told: string[] = [];
  const client: Partial<KubernetesClient> = {
    get: async () => {
      const items = [...pods.values()];
      if (becomesReady)
        for (const [name, { metadata }] of pods) pods.set(name, podOf(name, metadata.uid ?? '', 'n2', true));
      return { items };
    },
    create: async (path) => {
      const name = path.split('/').at(-2) ?? '';
      pods.set(name, podOf(name, `${name}-new`, 'n2', false));
    },
  };
  let asked = 0;
  const ask = async (): Promise<Advice> => {
    const look = Math.min(asked++, looks.length - 1);
    return { moves: looks[look] ?? [], lookedAt: `look ${look}`, thresholdPercent: 10, afterSeconds: 300 };
  };
  const run = (timeoutMs: number, limit = 2) =>
    evictPods({ ask, client: client as KubernetesClient, limit, timeoutMs, tell: (line) => told.push(line) });
  return { run, told };
}

describe('evicting advised pods', () => {
  it('waits until the pod in the place of one that was ready is ready', async () => {
    const { run, told } = clusterOf({ becomesReady: false, looks: [[moveOf('web-0')]] });
    await expect(run(600)).rejects.toThrow('default/web-0: the pod in its place is not ready after 0.6 s');
    expect(told).toEqual(['default/web-0: evicted from n1']);
  });

  it('leaves out what a look advises that may have begun before', async () => {
    const underWay = [moveOf('web-1')];
    const { run, told } = clusterOf({
      becomesReady: true,
      looks: [[moveOf('web-0')], [moveOf('web-0')], underWay, []],
    });
    await run(10_000);
    expect(told).toEqual(['default/web-0: evicted from n1', 'default/web-0: another pod of web is on n2']);
  });
});

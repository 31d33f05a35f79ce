import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, WORKLOAD_LABEL } from '#core/api/names.ts';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { labKubeConfig } from '#lab/kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { type ClusterView, watchCluster } from '#scheduler-extender/cluster-view.ts';

const WAIT = { timeout: 20_000, interval: 10 };
const CONFIG = { strategy: 'linear', dependenciesOnly: false } as const;
const logger = createLogger('test', 'silent');

describe('the cluster as the extender sees it', () => {
  let api: ApiServer;
  let client: KubernetesClient;
  let view: ClusterView;
  const networkChanged = vi.fn();
  const started = vi.fn<(pods: readonly Pod[]) => void>();
  const podChanged = vi.fn<(before?: Pod, after?: Pod) => void>();

  beforeEach(async () => {
    podChanged.mockReset();
    started.mockReset();
    api = await startApiServer({ host: '127.0.0.1', port: 0, logger });
    client = createKubernetesClient(labKubeConfig({ server: api.url }), { timeoutMs: 10_000 });
    await createNode('n1');
    view = watchCluster(client, logger, CONFIG, { networkChanged, podChanged, started });
    await vi.waitFor(() => expect(view.notReady()).toBeUndefined(), WAIT);
  });

  afterEach(async () => {
    await view.stop();
    await api.close();
  });

  async function createNode(name: string): Promise<void> {
    const conditions = [{ type: 'Ready', status: 'True' }];
    await client.create('/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: { conditions },
    });
  }

  it('is ready only with its nodes', () => {
    expect(view.snapshot().matrix.nodes.map(({ name }) => name)).toEqual(['n1']);
    expect(started.mock.calls).toEqual([[[]]]);
  });

  it('counts every binding in the first decision after its event', async () => {
    const placed: number[] = [];
    podChanged.mockImplementation((_before, after) => {
      if (!after?.spec.nodeName) return;
      placed.push(view.snapshot().placements.get('default/shop')?.get('db')?.length ?? 0);
    });
    const labels = { [APP_GROUP_LABEL]: 'shop', [WORKLOAD_LABEL]: 'db' };
    const pods = Array.from({ length: 100 }, (_, index) => `db-${index}`);
    const spec = { nodeName: 'n1', containers: [{ name: 'app', image: 'example/app:1' }] };
    await Promise.all(
      pods.map((name) =>
        client.create('/api/v1/namespaces/default/pods', {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name, labels },
          spec,
        }),
      ),
    );
    await vi.waitFor(() => expect(placed).toEqual(pods.map((_, index) => index + 1)), WAIT);
  });

  it('makes no new link matrix for what scoring does not read of a node, and one for a label that it reads', async () => {
    const patchNode = (body: object) => client.patch('/api/v1/nodes/n1', 'application/merge-patch+json', body);
    const quiet = () => (view.idleSeconds().nodes ?? 0) > 0.2 && view.networkBehindSeconds() === 0;
    const { matrix } = view.snapshot();
    for (let beat = 0; beat < 3; beat++) {
      await vi.waitFor(() => expect(quiet()).toBe(true), WAIT);
      await patchNode({ metadata: { annotations: { beat: String(beat) } } });
      await vi.waitFor(() => expect(view.idleSeconds().nodes).toBeLessThan(0.2), WAIT);
      expect(view.networkBehindSeconds()).toBe(0);
    }
    expect(view.snapshot().matrix).toBe(matrix);
    await patchNode({ metadata: { labels: { 'topology.kubernetes.io/zone': 'z1' } } });
    await vi.waitFor(() => expect(view.snapshot().matrix.nodes).toMatchObject([{ name: 'n1', zone: 'z1' }]), WAIT);
    expect(view.networkBehindSeconds()).toBe(0);
    expect(networkChanged).toHaveBeenCalled();
  });
});

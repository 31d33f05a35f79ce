import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Advice } from '#core/api/advice.ts';
import { type Pod, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, SCHEDULER_NAME, WORKLOAD_LABEL } from '#core/api/names.ts';
import { until } from '#lab/until.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { createGroup, createNode, createPod, DEADLINE_MS, type Json } from '#test/cluster/scheduling.ts';
import { type Services, startServices } from '#test/cluster/services.ts';

const SUITE = 'netaware advise on a real control plane';
const NETAWARE = join(import.meta.dirname, '../../netaware');
const MERGE = 'application/merge-patch+json';
const PODS = '/api/v1/namespaces/default/pods';

describe.runIf(hasControlPlane(SUITE))(SUITE, () => {
  let cluster: Cluster;
  let services: Services;

  beforeAll(async () => {
    cluster = await startCluster();
    for (const zone of ['a', 'b']) await createNode(cluster, `${zone}1`, { labels: { [ZONE_LABEL]: zone } });
    services = await startServices(cluster, { driftAfterSeconds: 1 });
  });

  afterAll(async () => {
    await services?.stop();
    await cluster?.stop();
  });

  async function createDeployment(workload: string, spec: object): Promise<void> {
    const labels = { [APP_GROUP_LABEL]: 'shop', [WORKLOAD_LABEL]: workload };
    await cluster.client.create('/apis/apps/v1/namespaces/default/deployments', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: workload },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            schedulerName: SCHEDULER_NAME,
            terminationGracePeriodSeconds: 0,
            containers: [{ name: 'app', image: 'example/app:1' }],
            ...spec,
          },
        },
      },
    });
  }

  async function podsOf(workload: string): Promise<Pod[]> {
    const selector = encodeURIComponent(`${WORKLOAD_LABEL}=${workload}`);
    const { items } = (await cluster.client.get(`${PODS}?labelSelector=${selector}`)) as { items: Pod[] };
    return items.filter(({ metadata }) => !metadata.deletionTimestamp);
  }

  async function isOn(workload: string, node: string): Promise<Pod> {
    await until(`${workload} is on ${node}`, DEADLINE_MS, async () => {
      const nodes = (await podsOf(workload)).map(({ spec }) => spec.nodeName);
      return nodes.length === 1 && nodes[0] === node ? undefined : JSON.stringify(nodes);
    });
    return (await podsOf(workload))[0] as Pod;
  }

  function cordon(node: string, unschedulable: boolean): Promise<unknown> {
    return cluster.client.patch(`/api/v1/nodes/${node}`, MERGE, { spec: { unschedulable } });
  }

  function advise(...args: string[]) {
    const { kubeconfig } = cluster.controlPlane;
    const env = { KUBECONFIG: kubeconfig, NETAWARE_AGGREGATOR_URL: services.aggregatorUrl };
    return execa(NETAWARE, ['advise', ...args], { env, reject: false });
  }

  it('evicts what is better off elsewhere, and nothing that a budget or the lack of a controller protects', async () => {
    await createGroup(cluster, 'shop', ['web', 'db']);
    await createGroup(cluster, 'solo', ['api', 'store']);
    await cordon('b1', true);
    await createDeployment('web', {});
    const web = await isOn('web', 'a1');
    await cordon('b1', false);
    await createDeployment('db', { nodeName: 'b1' });
    const db = await isOn('db', 'b1');
    await createPod(cluster, 'api-0', { group: 'solo', workload: 'api', spec: { nodeName: 'a1' } });
    await createPod(cluster, 'store-0', { group: 'solo', workload: 'store', spec: { nodeName: 'b1' } });
    await cluster.client.create('/apis/policy/v1/namespaces/default/poddisruptionbudgets', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'db' },
      spec: { minAvailable: 1, selector: { matchLabels: { [WORKLOAD_LABEL]: 'db' } } },
    });
    await until('the budget is known', DEADLINE_MS, async () => {
      const path = '/apis/policy/v1/namespaces/default/poddisruptionbudgets/db';
      const { status } = (await cluster.client.get(path)) as Json;
      return status?.observedGeneration === 1 ? undefined : JSON.stringify(status);
    });
    // No kubelet says that it runs, and pods that do not run may be evicted whatever their budget.
    const conditions = [{ type: 'Ready', status: 'True' }];
    await cluster.client.patch(`${PODS}/${db.metadata.name}/status`, MERGE, {
      status: { phase: 'Running', conditions },
    });

    await until('moves are advised', DEADLINE_MS, async () => {
      const { moves } = JSON.parse((await advise('-o', 'json')).stdout) as Advice;
      return moves.length === 4 ? undefined : JSON.stringify(moves);
    });
    const table = await advise();
    expect(table.stdout).toMatch(new RegExp(`default/${web.metadata.name} +shop +web +a1 +b1 +100.0%`));
    expect((await advise('-n', 'other')).stdout).toMatch(/^no pod to move/);

    const { stdout, stderr, exitCode } = await advise('--evict');
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    expect(lines.find((line) => line.startsWith(`default/${db.metadata.name}: left alone`))).toMatch(
      /disruption budget/,
    );
    expect(lines).toContain('default/api-0: left alone: no controller would make another pod in its place');
    expect(lines).toContain(`default/${web.metadata.name}: evicted from a1`);
    expect(lines).toContain(`default/${web.metadata.name}: another pod of web is on b1`);
    expect((await podsOf('db'))[0]?.metadata.uid).toBe(db.metadata.uid);
    expect((await podsOf('store')).length).toBe(1);
    await isOn('web', 'b1');
  }, 240_000);

  it('tells what is wrong with how it is called', async () => {
    const cases = [
      await advise('--limit', '0'),
      await advise('--evict', '-o', 'json'),
      await advise('--aggregator', 'nowhere'),
    ];
    expect(cases.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
    expect(cases.map(({ stderr }) => stderr.split('\n')[0])).toEqual([
      expect.stringContaining('wanted a whole number from 1 to 999999'),
      expect.stringContaining('--evict tells what it does line by line'),
      expect.stringContaining('--aggregator: wanted a URL'),
    ]);
  });
});

import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppGroup } from '#core/api/app-group.ts';
import { APP_GROUP, resourcePath } from '#core/api/custom-resources.ts';
import { type Pod, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { API_VERSION, APP_GROUP_LABEL, ORDERED_GATE, WORKLOAD_LABEL } from '#core/api/names.ts';
import { until } from '#lab/until.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { boundTo, createNode, createPod, DEADLINE_MS, metricOf } from '#test/cluster/scheduling.ts';
import { type Services, startServices } from '#test/cluster/services.ts';

const SUITE = 'planned placement on a real control plane';
const PODS = '/api/v1/namespaces/default/pods';
const GROUPS = resourcePath(APP_GROUP, 'default');

describe.runIf(hasControlPlane(SUITE))(SUITE, () => {
  let cluster: Cluster;
  let services: Services;

  beforeAll(async () => {
    cluster = await startCluster();
    // All of the app fits in zone b alone; zone a has the emptiest node, which draws the first pod.
    await createNode(cluster, 'a1', { cpu: '2', labels: { [ZONE_LABEL]: 'a' } });
    for (const name of ['b1', 'b2', 'b3']) await createNode(cluster, name, { cpu: '1', labels: { [ZONE_LABEL]: 'b' } });
    services = await startServices(cluster, { gateSettleMs: 1000 });
  });

  afterAll(async () => {
    await services?.stop();
    await cluster?.stop();
  });

  async function createAppGroup(name: string, calls: Record<string, string[]>): Promise<void> {
    const workloads = Object.entries(calls).map(([workload, callees]) => ({
      name: workload,
      dependencies: callees.map((callee) => ({ name: callee })),
    }));
    await cluster.client.create(GROUPS, {
      apiVersion: API_VERSION,
      kind: 'AppGroup',
      metadata: { name },
      spec: { workloads },
    });
  }

  const gated = (cpu: string) => ({
    schedulingGates: [{ name: ORDERED_GATE }],
    containers: [{ name: 'app', image: 'example/app:1', resources: { requests: { cpu } } }],
  });

  async function nodesByWorkload(group: string): Promise<Record<string, string[]>> {
    const selector = encodeURIComponent(`${APP_GROUP_LABEL}=${group}`);
    const { items } = (await cluster.client.get(`${PODS}?labelSelector=${selector}`)) as { items: Pod[] };
    const byWorkload = Map.groupBy(items, ({ metadata }) => metadata.labels?.[WORKLOAD_LABEL] ?? '');
    return Object.fromEntries(
      [...byWorkload].map(([workload, pods]) => [workload, pods.map(({ spec }) => spec.nodeName ?? '').toSorted()]),
    );
  }

  async function plannedNodes(group: string): Promise<Record<string, string[]>> {
    const { status } = (await cluster.client.get(`${GROUPS}/${group}`)) as AppGroup;
    const byWorkload = Map.groupBy(status?.plan?.assignments ?? [], ({ workload }) => workload);
    return Object.fromEntries(
      [...byWorkload].map(([workload, places]) => [workload, places.map(({ node }) => node).toSorted()]),
    );
  }

  it('has gated pods wait for the plan, and all of them bound where it has them', async () => {
    await createAppGroup('shop', { web: ['cart'], cart: ['db'], db: [] });
    const pods = ['web-0', 'web-1', 'cart-0', 'cart-1', 'db-0', 'db-1'];
    for (const name of pods) {
      const workload = name.split('-')[0] ?? '';
      await createPod(cluster, name, { group: 'shop', workload, spec: gated('450m') });
    }
    for (const name of pods) await boundTo(cluster, name);
    // A plan that was made while the last ones were being bound is corrected at the next look.
    const found = await nodesByWorkload('shop');
    await until('the plan has the pods where they are', DEADLINE_MS, async () => {
      const wanted = await plannedNodes('shop');
      return isDeepStrictEqual(found, wanted) ? undefined : JSON.stringify({ wanted, found });
    });
    // Six of 0.45 CPU: two on each node of zone b, none across zones. One at a time, the first ones would fill a1.
    expect(Object.values(found).flat().toSorted()).toEqual(['b1', 'b1', 'b2', 'b2', 'b3', 'b3']);
    expect(await metricOf(services.extenderUrl, 'netaware_extender_planned_pods_total')).toBe(pods.length);
    expect(await metricOf(services.aggregatorUrl, 'netaware_aggregator_gates_released_total{reason="order"}')).toBe(
      pods.length,
    );
  });

  it('leaves a pod to the scheduler that the planned node will not take', async () => {
    await createAppGroup('pair', { left: ['right'], right: [] });
    await createPod(cluster, 'right-0', { group: 'pair', workload: 'right', spec: { nodeName: 'a1' } });
    // What plans do not look at: a pod of its own kind must not be on the node, and one is.
    const term = {
      labelSelector: { matchLabels: { [WORKLOAD_LABEL]: 'right' } },
      topologyKey: 'kubernetes.io/hostname',
    };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    const spec = { ...gated('50m'), affinity };
    await createPod(cluster, 'left-0', { group: 'pair', workload: 'left', spec });
    expect(await boundTo(cluster, 'left-0')).toMatch(/^b/);
    await until('the plan has it where it is', DEADLINE_MS, async () => {
      const { status } = (await cluster.client.get(`${GROUPS}/pair`)) as AppGroup;
      const node = status?.plan?.assignments.find(({ workload }) => workload === 'left')?.node;
      return node?.startsWith('b') ? undefined : JSON.stringify(status?.plan);
    });
  });
});

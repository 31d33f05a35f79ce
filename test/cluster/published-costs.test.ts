import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkOverheadDefinitions, networkOverheadLabels } from '#benchmark/scheduler/network-overhead-objects.ts';
import { appGroupsView } from '#core/api/app-group-view.ts';
import { DIKTYO_GROUPS_PATH, DIKTYO_TOPOLOGY_API, type DiktyoNetworkTopology } from '#core/api/diktyo.ts';
import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { until } from '#lab/until.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { type Installation, install } from '#test/cluster/installation.ts';
import { hasNetworkOverhead, startNetworkOverhead } from '#test/cluster/network-overhead-scheduler.ts';
import type { TestProcess } from '#test/cluster/processes.ts';
import { refusalsIn } from '#test/cluster/refusals.ts';
import {
  boundTo,
  createNode,
  createPod,
  DEADLINE_MS,
  eventOf,
  HOSTNAME_LABEL,
  measure,
} from '#test/cluster/scheduling.ts';
import { APP_GROUP } from '#test/diktyo/two-regions.ts';
import { manifestPath } from '#test/manifests/kustomize.ts';
import { meetsRequirements } from '#test/requirements.ts';

// The aggregator with the component scheduler-plugins, and NetworkOverhead that places by what it publishes.

const SUITE = "scheduler-plugins' NetworkTopology on a real control plane";
const canRun = meetsRequirements(SUITE, { tools: ['kubectl'] }) && hasControlPlane(SUITE);
const TOPOLOGIES = `/apis/${DIKTYO_TOPOLOGY_API}/namespaces/netaware/networktopologies`;
const GROUPS = DIKTYO_GROUPS_PATH.replace('/appgroups', '/namespaces/default/appgroups');
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** The worst RTT weighs 60 of the 80 that is known (nothing was lost, no bandwidth was measured). The way back is taken for the same. */
const WANT = ['ab 75', 'ac 8', 'ba 75', 'bc 75', 'ca 8', 'cb 75'];
const MERGE = 'application/merge-patch+json';

describe.runIf(canRun)(SUITE, () => {
  let cluster: Cluster;
  let installation: Installation;
  let aggregator: TestProcess;

  beforeAll(async () => {
    cluster = await startCluster({ withDefinitions: false });
    const { client } = cluster;
    for (const definition of networkOverheadDefinitions()) await client.create(DEFINITIONS, definition);
    for (const zone of ['a', 'b', 'c']) {
      await createNode(cluster, `node-${zone}`, { labels: { [ZONE_LABEL]: zone, [REGION_LABEL]: 'r' } });
    }
    installation = await install(cluster, overlayIn(cluster.folder));
    await measure(cluster, 'node-a', { 'node-b': 20, 'node-c': 2 });
    await measure(cluster, 'node-b', { 'node-c': 20 });
    aggregator = await installation.startAggregator({ NETAWARE_AGENT_SERVICE: '' });
  });

  afterAll(() => cluster?.stop());

  it('tells what was measured, with the rights as shipped', async () => {
    await until('it is published', DEADLINE_MS, async () => {
      // An API server that has just taken a definition refuses what is of it for a moment.
      const answer = await cluster.client.get(TOPOLOGIES).catch((err: Error) => err);
      if (answer instanceof Error) return answer.message;
      const { items } = answer as { items: DiktyoNetworkTopology[] };
      const published = items.find(({ metadata }) => metadata.name === 'netaware');
      const zones =
        published?.spec.weights[0]?.topologyList.find(({ topologyKey }) => topologyKey === ZONE_LABEL)?.originList ??
        [];
      const found = zones.flatMap(({ origin, costList }) =>
        costList.map(({ destination, networkCost }) => `${origin}${destination} ${networkCost}`),
      );
      return found.join() === WANT.join() ? undefined : JSON.stringify(items);
    });
    expect(refusalsIn(aggregator.log())).toEqual([]);
    expect(aggregator.log()).not.toContain('cannot publish');
  });

  it('is the only one that the aggregator may write', async () => {
    const client = await installation.clientOf('aggregator');
    const other = {
      ...APP_GROUP,
      apiVersion: DIKTYO_TOPOLOGY_API,
      kind: 'NetworkTopology',
      metadata: { name: 'other' },
    };
    await expect(client.apply(`${TOPOLOGIES}/other`, 'test', other)).rejects.toThrow(/: 403 /);
    await expect(client.get(TOPOLOGIES)).rejects.toThrow(/: 403 /);
    await expect(client.delete(`${TOPOLOGIES}/netaware`)).rejects.toThrow(/: 403 /);
  });

  it('stands beside their AppGroups, which the aggregator reads and to which it may write nothing', async () => {
    await cluster.client.create(GROUPS, { ...APP_GROUP, metadata: { name: 'read' } });
    for (const workload of ['db', 'cart']) {
      const labels = networkOverheadLabels('read', workload);
      await createPod(cluster, `read-${workload}`, { group: 'read', workload, labels, spec: { nodeName: 'node-a' } });
    }
    await until('it is told of with its pods', DEADLINE_MS, async () => {
      const told = await (await fetch(`http://${cluster.host}:8088/v1/appgroups?name=read`)).json();
      const { appGroups } = appGroupsView.parse(told);
      const placed = appGroups[0]?.status?.workloads?.map(({ name, nodes }) => `${name} ${nodes.join()}`);
      return placed?.includes('db node-a') && placed.includes('cart node-a') ? undefined : JSON.stringify(told);
    });
    expect(await eventOf(cluster, 'read-cart', 'PlacedByNetwork')).toContain('db on node-a');
    expect(refusalsIn(aggregator.log())).toEqual([]);
    const client = await installation.clientOf('aggregator');
    for (const path of [`${GROUPS}/read`, `${GROUPS}/read/status`]) {
      await expect(client.patch(path, MERGE, { status: {} })).rejects.toThrow(/: 403 /);
    }
  });

  it.runIf(hasNetworkOverhead(SUITE))('is what NetworkOverhead places by', async () => {
    const args = { namespaces: ['default', 'netaware'], weightsName: 'NetAware', networkTopologyName: 'netaware' };
    await cluster.client.create(GROUPS, APP_GROUP);
    await startNetworkOverhead(cluster, args);
    const pod = (workload: string) => ({ group: 'shop', workload, labels: networkOverheadLabels('shop', workload) });
    await createPod(cluster, 'db', { ...pod('db'), spec: { nodeName: 'node-a' } });
    await cluster.client.patch('/api/v1/nodes/node-a', MERGE, { spec: { unschedulable: true } });
    const spec = { nodeSelector: { 'kubernetes.io/os': 'linux' } };
    for (const name of ['cart-1', 'cart-2']) {
      await createPod(cluster, name, { ...pod('cart'), spec });
      expect(await boundTo(cluster, name)).toBe('node-c');
    }
    const far = { nodeSelector: { [HOSTNAME_LABEL]: 'node-b' } };
    await createPod(cluster, 'cart-far', { ...pod('cart'), spec: far });
    expect(await boundTo(cluster, 'cart-far')).toBe('node-b');
  });
});

/** The base with the component, as a person would put them together. */
function overlayIn(folder: string): string {
  const overlay = join(folder, 'overlay');
  mkdirSync(overlay);
  const to = (path: string) => relative(overlay, manifestPath(path));
  const kustomization = { resources: [to('base')], components: [to('components/scheduler-plugins')] };
  writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization));
  return overlay;
}

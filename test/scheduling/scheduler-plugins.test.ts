import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { networkOverheadDefinitions } from '#benchmark/scheduler/network-overhead-objects.ts';
import { toCustomResourceDefinition } from '#core/api/custom-resource-definition.ts';
import { CUSTOM_RESOURCES, APP_GROUP as OWN_APP_GROUP, resourcePath } from '#core/api/custom-resources.ts';
import { DIKTYO_GROUP_LABEL, DIKTYO_GROUPS_PATH, DIKTYO_TOPOLOGIES_PATH } from '#core/api/diktyo.ts';
import { type ScoringConfig, scorePod } from '#core/scoring/score.ts';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { labKubeConfig } from '#lab/kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { type ClusterView, watchCluster } from '#scheduler-extender/cluster-view.ts';
import { makeGroup } from '#test/builders.ts';
import { APP_GROUP, makeTheirPod, NODES, PLACED, TOPOLOGY, WANT } from '#test/diktyo/two-regions.ts';

const WAIT = { timeout: 20_000, interval: 10 };
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const AS_NETWORK_OVERHEAD = { strategy: 'minmax', dependenciesOnly: true } as const;
const names = NODES.map(({ metadata }) => metadata.name);
const inDefault = (path: string) => path.replace(/\/(\w+)$/, '/namespaces/default/$1');
const logger = createLogger('test', 'silent');

describe("scheduler-plugins' resources in a cluster", () => {
  let api: ApiServer;
  let client: KubernetesClient;
  let view: ClusterView | undefined;
  const warn = vi.spyOn(logger, 'warn');

  beforeEach(async () => {
    warn.mockClear();
    api = await startApiServer({ host: '127.0.0.1', port: 0, logger: createLogger('test', 'silent') });
    client = createKubernetesClient(labKubeConfig({ server: api.url }), { timeoutMs: 10_000 });
    for (const resource of CUSTOM_RESOURCES) {
      await client.create(DEFINITIONS, toCustomResourceDefinition(resource)).catch(() => {});
    }
    for (const definition of networkOverheadDefinitions()) await client.create(DEFINITIONS, definition);
    for (const node of NODES) await client.create('/api/v1/nodes', node);
    for (const { metadata, spec } of PLACED) {
      const containers = [{ name: 'app', image: 'example/app:1' }];
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...spec, containers } };
      await client.create('/api/v1/namespaces/default/pods', pod);
    }
    await client.create(inDefault(DIKTYO_GROUPS_PATH), APP_GROUP);
    await client.create(inDefault(DIKTYO_TOPOLOGIES_PATH), TOPOLOGY);
  });

  afterEach(async () => {
    await view?.stop();
    await api.close();
  });

  async function open(config: ScoringConfig & { weightsName?: string }): Promise<ClusterView> {
    const events = { networkChanged: () => {}, podChanged: () => {}, started: () => {} };
    view = watchCluster(client, logger, config, events);
    await vi.waitFor(() => expect(view?.notReady()).toBeUndefined(), WAIT);
    return view;
  }

  function costs(of: ClusterView, config: ScoringConfig): number[] {
    const { nodes } = scorePod(makeTheirPod('p', 'web'), names, of.snapshot(), config);
    return nodes.map(({ networkCost }) => networkCost);
  }

  it('count from the first decision on', async () => {
    expect(costs(await open(AS_NETWORK_OVERHEAD), AS_NETWORK_OVERHEAD)).toEqual(WANT.web?.costs);
    expect(warn).not.toHaveBeenCalled();
  });

  it('have their pods watched only while there are AppGroups of theirs, and none is ready before those are known', async () => {
    const path = inDefault(DIKTYO_GROUPS_PATH);
    await client.delete(`${path}/${APP_GROUP.metadata.name}`);
    const get = vi.spyOn(client, 'get');
    const asked = () =>
      get.mock.calls.filter(([asked]) => asked.startsWith('/api/v1/pods') && asked.includes(DIKTYO_GROUP_LABEL));
    const opened = await open(AS_NETWORK_OVERHEAD);
    expect(asked()).toEqual([]);
    const placed = () => opened.snapshot().placements.get('default/shop')?.size ?? 0;
    for (let time = 0; time < 2; time++) {
      await client.create(path, APP_GROUP);
      await vi.waitFor(() => expect(opened.snapshot().groups.has('default/shop')).toBe(true), WAIT);
      await vi.waitFor(() => expect(opened.notReady()).toBeUndefined(), WAIT);
      expect(costs(opened, AS_NETWORK_OVERHEAD)).toEqual(WANT.web?.costs);
      await client.delete(`${path}/${APP_GROUP.metadata.name}`);
      await vi.waitFor(() => expect(placed()).toBe(0), WAIT);
      expect(opened.notReady()).toBeUndefined();
    }
    expect(asked()).toHaveLength(2);
  });

  it('change the decisions when they change', async () => {
    const opened = await open(AS_NETWORK_OVERHEAD);
    await client.delete('/api/v1/namespaces/default/pods/cart-1', { gracePeriodSeconds: 0 });
    await vi.waitFor(() => expect(costs(opened, AS_NETWORK_OVERHEAD).slice(0, 2)).toEqual([5, 6]), WAIT);
    const spec = structuredClone(TOPOLOGY.spec);
    spec.weights.splice(0, 1, { name: 'UserDefined', topologyList: [] });
    const path = `${inDefault(DIKTYO_TOPOLOGIES_PATH)}/nt-default`;
    await client.patch(path, 'application/merge-patch+json', { spec });
    await vi.waitFor(() => expect(costs(opened, AS_NETWORK_OVERHEAD).slice(0, 2)).toEqual([100, 101]), WAIT);
  });

  it('give static costs where strategies are our own', async () => {
    const config = { strategy: 'linear', dependenciesOnly: false } as const;
    expect((await open(config)).snapshot().matrix.link('east-a-1', 'east-b-1')).toMatchObject({
      source: 'static',
      cost: 0.05,
    });
  });

  it('give way to an AppGroup of ours with the same name, as long as it is there', async () => {
    const path = resourcePath(OWN_APP_GROUP, 'default');
    await client.create(path, makeGroup('shop', { web: { logs: 1 }, logs: {} }));
    const opened = await open(AS_NETWORK_OVERHEAD);
    expect(costs(opened, AS_NETWORK_OVERHEAD).at(-1)).toBe(0);
    await client.delete(`${path}/shop`);
    await vi.waitFor(() => expect(costs(opened, AS_NETWORK_OVERHEAD)).toEqual(WANT.web?.costs), WAIT);
  });

  it('that are not valid are ignored and counted', async () => {
    const workload = { kind: 'Deployment', name: 'a', selector: 'a' };
    const workloads = [{ workload }, { workload }];
    const broken = { ...APP_GROUP, metadata: { name: 'broken', namespace: 'default' }, spec: { workloads } };
    await client.create(inDefault(DIKTYO_GROUPS_PATH), broken);
    const opened = await open(AS_NETWORK_OVERHEAD);
    expect(opened.invalidObjects()).toBe(1);
    expect([...opened.snapshot().groups.keys()]).toEqual(['default/shop']);
    expect(warn.mock.calls).toMatchObject([[{ object: 'default/broken' }, 'ignored an object that is not valid']]);
  });

  it('tell once of weights that are not there, and score without', async () => {
    const opened = await open({ ...AS_NETWORK_OVERHEAD, weightsName: 'Mine' });
    const { nodes } = scorePod(makeTheirPod('p', 'web'), names, opened.snapshot(), AS_NETWORK_OVERHEAD);
    expect(nodes[0]).toMatchObject({ node: 'east-a-1', source: 'labels' });
    await client.patch('/api/v1/nodes/bare', 'application/merge-patch+json', {
      metadata: { labels: { 'topology.kubernetes.io/zone': 'z' } },
    });
    await vi.waitFor(() => expect(opened.snapshot().matrix.nodes.some(({ zone }) => zone === 'z')).toBe(true), WAIT);
    const reason =
      'NetworkTopology default/nt-default: no weights "Mine"; there are UserDefined, Other: choose with --weights-name';
    expect(warn.mock.calls).toEqual([[{ reason }, "scheduler-plugins' costs are not used"]]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '#aggregator/config.ts';
import { startAggregator } from '#aggregator/main.ts';
import type { Advice } from '#core/api/advice.ts';
import type { AppGroup, AppGroupStatus } from '#core/api/app-group.ts';
import { APP_GROUP, NETWORK_TOPOLOGY, resourcePath } from '#core/api/custom-resources.ts';
import { ZONE_LABEL } from '#core/api/kubernetes.ts';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { labKubeConfig, writeKubeconfig } from '#lab/kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeGroup, makePod } from '#test/builders.ts';

const logger = createLogger('test', 'silent');
const WAIT = { timeout: 10_000, interval: 20 };
const GROUPS = resourcePath(APP_GROUP, 'default');
const PODS = '/api/v1/namespaces/default/pods';
const MERGE = 'application/merge-patch+json';

let api: ApiServer;
let client: KubernetesClient;
let folder: string;
let url: string;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  stops = [];
  folder = mkdtempSync(join(tmpdir(), 'placement-plan-test-'));
  api = await startApiServer({ host: '127.0.0.1', port: 0, logger });
  client = createKubernetesClient(labKubeConfig({ server: api.url }), { timeoutMs: 5000 });
});

afterEach(async () => {
  for (const stop of stops) await stop();
  await api.close();
  rmSync(folder, { recursive: true });
});

async function startAggregating(more: Record<string, unknown> = {}): Promise<() => Promise<void>> {
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, { server: api.url });
  const settings = { host: '127.0.0.1', port: 0, kubeconfig, logLevel: 'silent', writeIntervalMs: 100, ...more };
  const service = await startAggregator(loadConfig(settings, {}), logger);
  url = `http://127.0.0.1:${service.port}`;
  const stop = () => service.stop();
  stops.push(stop);
  return stop;
}

async function createNode(name: string, zone: string | undefined, cpu = '2'): Promise<void> {
  await client.create('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: zone === undefined ? {} : { [ZONE_LABEL]: zone } },
    status: {
      allocatable: { cpu, memory: '8Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });
}

async function createPod(
  name: string,
  { cpu = '1', node, group = 'shop' }: { cpu?: string; node?: string; group?: string } = {},
): Promise<void> {
  const { metadata } = makePod(name, { group, workload: name.split('-')[0] ?? '' });
  const containers = [{ name: 'main', image: 'x', resources: { requests: { cpu } } }];
  const spec = { ...(node === undefined ? {} : { nodeName: node }), containers };
  await client.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
}

async function bind(name: string, node: string): Promise<void> {
  const target = { apiVersion: 'v1', kind: 'Node', name: node };
  await client.create(`${PODS}/${name}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target });
}

async function statusOf(name = 'shop'): Promise<AppGroupStatus | undefined> {
  return ((await client.get(`${GROUPS}/${name}`)) as AppGroup).status;
}

function planned(status: AppGroupStatus | undefined) {
  return status?.conditions?.find(({ type }) => type === 'Planned');
}

function nodesOf(status: AppGroupStatus | undefined): Record<string, string> {
  return Object.fromEntries(
    (status?.plan?.assignments ?? []).map(({ workload, replica, node }) => [`${workload}-${replica}`, node]),
  );
}

const calls = { web: { db: 1 }, db: {} };

describe('the plan of an AppGroup', () => {
  beforeEach(async () => {
    for (const name of ['a1', 'a2']) await createNode(name, 'a');
    for (const name of ['b1', 'b2']) await createNode(name, 'b');
  });

  it('has a node for each pod that waits, all together, and holds while they are bound there', async () => {
    await client.create(GROUPS, makeGroup('shop', calls));
    for (const name of ['web-0', 'web-1', 'db-0', 'db-1']) await createPod(name);
    await startAggregating();
    const status = await vi.waitFor(async () => {
      const found = await statusOf();
      expect(found?.plan?.assignments).toHaveLength(4);
      return found;
    }, WAIT);
    expect(planned(status)).toMatchObject({ status: 'True', reason: 'EveryPodPlanned' });
    const nodes = nodesOf(status);
    // Two fit on one node: all four stay within a zone.
    expect(new Set(Object.values(nodes).map((node) => node[0])).size).toBe(1);
    const { costPartsPerMillion = 0, lowerBoundPartsPerMillion = 0 } = status?.plan ?? {};
    expect(lowerBoundPartsPerMillion).toBeLessThanOrEqual(costPartsPerMillion);

    for (const [name, node] of Object.entries(nodes)) await bind(name, node);
    const last = await vi.waitFor(async () => {
      const found = await statusOf();
      expect(found?.workloads?.map(({ replicas }) => replicas)).toEqual([2, 2]);
      return found;
    }, WAIT);
    expect(last?.plan).toEqual(status?.plan);
    expect(last?.placementCostPartsPerMillion).toBe(costPartsPerMillion);
  });

  it('is made anew where a pod went elsewhere, where a planned node is gone, and for a new spec', async () => {
    await client.create(GROUPS, makeGroup('shop', calls));
    await createPod('web-0');
    await createPod('db-0');
    await startAggregating();
    const first = await vi.waitFor(async () => {
      const status = await statusOf();
      expect(status?.plan?.assignments).toHaveLength(2);
      return status;
    }, WAIT);
    const start = nodesOf(first)['web-0'] ?? '';
    const elsewhere = start.startsWith('a') ? 'b1' : 'a1';
    await bind('web-0', elsewhere);
    await vi.waitFor(
      async () => expect(nodesOf(await statusOf())).toEqual({ 'web-0': elsewhere, 'db-0': elsewhere }),
      WAIT,
    );
    await client.delete(`/api/v1/nodes/${elsewhere}`);
    await vi.waitFor(async () => expect(nodesOf(await statusOf())['db-0']).not.toBe(elsewhere), WAIT);

    await client.patch(`${GROUPS}/shop`, MERGE, { spec: { ordering: 'Kahn' } });
    await vi.waitFor(async () => {
      const status = await statusOf();
      expect(status).toMatchObject({ observedGeneration: 2, plan: { assignments: [{}] } });
      expect(planned(status)?.observedGeneration).toBe(2);
    }, WAIT);
  });

  it('keeps the room that pods of no AppGroup hold, and names the pods for which there is none', async () => {
    await client.create(GROUPS, makeGroup('shop', calls));
    for (const node of ['a1', 'a2', 'b1']) await createPod(`own-${node}`, { node, group: '' });
    await createPod('web-0');
    await createPod('db-0', { cpu: '3' });
    await startAggregating();
    await vi.waitFor(async () => {
      const status = await statusOf();
      expect(planned(status)).toMatchObject({ status: 'False', reason: 'NoNodeFits' });
      expect(planned(status)?.message).toContain('default/db-0');
      expect(Object.keys(nodesOf(status))).toEqual(['web-0']);
    }, WAIT);
    await createNode('c1', 'a', '8');
    await vi.waitFor(async () => expect(nodesOf(await statusOf())).toEqual({ 'web-0': 'c1', 'db-0': 'c1' }), WAIT);
  });

  it('is not written again and again where a pod fits nowhere', async () => {
    await client.create(GROUPS, makeGroup('shop', calls));
    await createPod('web-0');
    await createPod('db-0', { cpu: '3' });
    await startAggregating();
    await vi.waitFor(async () => expect(planned(await statusOf())?.reason).toBe('NoNodeFits'), WAIT);
    const plans = async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/^netaware_aggregator_plans_total\{outcome="partial"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    const { calculatedAt } = (await statusOf())?.plan ?? {};
    const before = await plans();
    await vi.waitFor(async () => expect(await plans()).toBeGreaterThan(before), WAIT);
    expect((await statusOf())?.plan?.calculatedAt).toBe(calculatedAt);
    expect(await plans()).toBe(before + 1);
  });

  it('is taken over from the aggregator before, and no write is made for it', async () => {
    await client.create(GROUPS, makeGroup('shop', calls));
    await createPod('web-0');
    await createPod('db-0');
    const stop = await startAggregating();
    await vi.waitFor(async () => expect((await statusOf())?.plan?.assignments).toHaveLength(2), WAIT);
    await vi.waitFor(async () => expect(planned(await statusOf())?.status).toBe('True'), WAIT);
    await stop();
    const before = (await client.get(`${GROUPS}/shop`)) as AppGroup;
    await startAggregating();
    await client.create(GROUPS, makeGroup('other', calls));
    await vi.waitFor(async () => expect(planned(await statusOf('other'))?.reason).toBe('NoPods'), WAIT);
    const after = (await client.get(`${GROUPS}/shop`)) as AppGroup;
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it('goes on where the NetworkTopology is deleted, which is made anew', async () => {
    await client.create(GROUPS, makeGroup('shop', calls));
    await createPod('web-0', { node: 'a1' });
    await startAggregating();
    const path = `${resourcePath(NETWORK_TOPOLOGY)}/default`;
    await vi.waitFor(async () => expect(await client.get(path)).toBeDefined(), WAIT);
    await client.delete(path);
    await createPod('db-0');
    await vi.waitFor(async () => expect(nodesOf(await statusOf())).toEqual({ 'web-0': 'a1', 'db-0': 'a1' }), WAIT);
    await vi.waitFor(async () => expect(await client.get(path)).toBeDefined(), WAIT);
  });
});

it('of a network of which nothing is known is none, and says so', async () => {
  await createNode('n1', undefined);
  await createNode('n2', undefined);
  await client.create(GROUPS, makeGroup('shop', calls));
  await createPod('web-0');
  await startAggregating();
  await vi.waitFor(async () => expect(planned(await statusOf())?.reason).toBe('NetworkUnknown'), WAIT);
  expect((await statusOf())?.plan).toBeUndefined();
});

describe('pods that would be better off elsewhere', () => {
  const advice = async () => (await (await fetch(`${url}/v1/advice`)).json()) as Advice;
  const drifted = (status: AppGroupStatus | undefined) => status?.conditions?.find(({ type }) => type === 'Drifted');

  it('are advised and told of in a condition, after the time that is set, and no longer when they have moved', async () => {
    await createNode('a1', 'a');
    await createNode('b1', 'b');
    await client.create(GROUPS, makeGroup('shop', calls));
    await createPod('web-0', { node: 'a1' });
    await createPod('db-0', { node: 'b1' });
    await startAggregating({ driftAfterSeconds: 1 });
    await vi.waitFor(async () => expect(drifted(await statusOf())?.status).toBe('True'), { ...WAIT, timeout: 60_000 });
    expect(drifted(await statusOf())?.message).toMatch(/^default\/(web-0|db-0) would be better off on/);
    const { moves } = await advice();
    expect(moves.map(({ pod, from, to }) => `${pod}: ${from} to ${to}`).toSorted()).toEqual([
      'db-0: b1 to a1',
      'web-0: a1 to b1',
    ]);
    expect(moves[0]).toMatchObject({ namespace: 'default', appGroup: 'shop', savingPercent: expect.closeTo(100) });

    await client.delete(`${PODS}/db-0`);
    await vi.waitFor(async () => expect((await advice()).moves).toEqual([]), { ...WAIT, timeout: 60_000 });
  }, 90_000);
});

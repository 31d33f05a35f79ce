import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchGroups } from '#aggregator/app-groups/group-state.ts';
import type { TheirTimes } from '#aggregator/app-groups/their-groups.ts';
import { loadConfig } from '#aggregator/config.ts';
import { startAggregator } from '#aggregator/main.ts';
import { networkOverheadDefinitions } from '#benchmark/scheduler/network-overhead-objects.ts';
import type { Advice } from '#core/api/advice.ts';
import { type AppGroup, appGroup } from '#core/api/app-group.ts';
import { type AppGroupView, appGroupsView } from '#core/api/app-group-view.ts';
import { APP_GROUP as OUR_APP_GROUP, resourcePath } from '#core/api/custom-resources.ts';
import { DIKTYO_GROUPS_PATH } from '#core/api/diktyo.ts';
import { type Pod, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, ORDERED_GATE, SCHEDULER_NAME, WORKLOAD_LABEL } from '#core/api/names.ts';
import { AppError } from '#core/errors.ts';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { labKubeConfig, writeKubeconfig } from '#lab/kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeGroup } from '#test/builders.ts';
import { APP_GROUP, makeTheirPod } from '#test/diktyo/two-regions.ts';

const logger = createLogger('test', 'silent');
const netaware = fileURLToPath(new URL('../../netaware', import.meta.url));
const WAIT = { timeout: 20_000, interval: 20 };
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const THEIRS = DIKTYO_GROUPS_PATH.replace('/appgroups', '/namespaces/default/appgroups');
const OURS = resourcePath(OUR_APP_GROUP, 'default');
const PODS = '/api/v1/namespaces/default/pods';
const MERGE = 'application/merge-patch+json';

let api: ApiServer;
let client: KubernetesClient;
let folder: string;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  stops = [];
  folder = mkdtempSync(join(tmpdir(), 'their-app-groups-test-'));
  api = await startApiServer({ host: '127.0.0.1', port: 0, logger });
  client = createKubernetesClient(labKubeConfig({ server: api.url }), { timeoutMs: 5000 });
});

afterEach(async () => {
  for (const stop of stops) await stop();
  await api.close();
  rmSync(folder, { recursive: true });
});

async function define(): Promise<void> {
  for (const definition of networkOverheadDefinitions()) await client.create(DEFINITIONS, definition);
  await vi.waitFor(() => client.create(THEIRS, APP_GROUP), WAIT);
}

async function createPod(name: string, selector: string, options: { node?: string; gated?: boolean } = {}) {
  const { node, gated = false } = options;
  const { metadata } = makeTheirPod(name, selector);
  const spec = {
    schedulerName: SCHEDULER_NAME,
    ...(node === undefined ? {} : { nodeName: node }),
    ...(gated ? { schedulingGates: [{ name: ORDERED_GATE }] } : {}),
    containers: [{ name: 'main', image: 'x' }],
  };
  await client.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
}

async function bind(name: string, node: string): Promise<void> {
  const target = { apiVersion: 'v1', kind: 'Node', name: node };
  await client.create(`${PODS}/${name}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target });
}

async function isGated(name: string): Promise<boolean> {
  const { spec } = (await client.get(`${PODS}/${name}`)) as Pod;
  return (spec.schedulingGates ?? []).length > 0;
}

describe("scheduler-plugins' AppGroups in the aggregator", () => {
  let url: string;

  beforeEach(async () => {
    for (const zone of ['a', 'b']) {
      await client.create('/api/v1/nodes', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: `${zone}1`, labels: { [ZONE_LABEL]: zone } },
        status: {
          allocatable: { cpu: '8', memory: '8Gi', pods: '110' },
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      });
    }
    await define();
  });

  async function startAggregating(): Promise<void> {
    const kubeconfig = join(folder, 'kubeconfig');
    await writeKubeconfig(kubeconfig, { server: api.url });
    const flags = { host: '127.0.0.1', port: 0, kubeconfig, logLevel: 'silent', writeIntervalMs: 100 };
    const service = await startAggregator(loadConfig({ ...flags, driftAfterSeconds: 1 }, {}), logger);
    url = `http://127.0.0.1:${service.port}`;
    stops.push(() => service.stop());
    await vi.waitFor(async () => expect((await views()).length).toBeGreaterThan(0), WAIT);
  }

  async function views(): Promise<AppGroupView[]> {
    const { appGroups } = appGroupsView.parse(await (await fetch(`${url}/v1/appgroups`)).json());
    return appGroups;
  }

  async function eventsOf(name: string): Promise<Record<string, string>> {
    const { items } = (await client.get('/api/v1/namespaces/default/events')) as {
      items: { reason: string; message: string; involvedObject: { name: string } }[];
    };
    const found = items.filter(({ involvedObject }) => involvedObject.name === name);
    return Object.fromEntries(found.map(({ reason, message }) => [reason, message]));
  }

  it('are told of with order, cost and pods, and nothing is written to them', async () => {
    await createPod('cart-1', 'cart', { node: 'a1' });
    await createPod('db-1', 'db', { node: 'b1' });
    await createPod('db-2', 'db');
    await startAggregating();
    const before = await client.get(`${THEIRS}/shop`);
    const view = await vi.waitFor(async () => {
      const [shop] = await views();
      expect(shop?.status?.workloads?.find(({ name }) => name === 'db')).toEqual({
        name: 'db',
        replicas: 1,
        nodes: ['b1'],
      });
      expect(shop?.status?.placementCostPartsPerMillion).toBeGreaterThan(0);
      return shop;
    }, WAIT);
    expect(view).toMatchObject({ namespace: 'default', name: 'shop', generation: 1 });
    expect(view?.status).toMatchObject({ observedGeneration: 1 });
    expect(view?.status?.plan).toBeUndefined();
    expect(view?.status?.conditions?.map(({ type, status, reason }) => [type, status, reason])).toContainEqual([
      'Planned',
      'False',
      'SchedulerPlugins',
    ]);
    const ask = async (...args: string[]) => {
      const { stdout, stderr } = await execa(netaware, ['appgroup', ...args, '--aggregator', url], { reject: false });
      return `${stdout}${stderr}`;
    };
    const order = JSON.parse(await ask('order', 'shop', '-o', 'json')) as { workload: string }[];
    const places = order.map(({ workload }) => workload);
    expect(places.indexOf('web')).toBeLessThan(places.indexOf('cart'));
    expect(places.indexOf('cart')).toBeLessThan(places.indexOf('db'));
    expect(await ask('status', 'shop')).toMatch(/^shop +5 +2 .*Planned is False: no plan is made for an AppGroup of/m);
    expect(await ask('plan', 'shop')).toContain('no plan is made for an AppGroup of scheduler-plugins');
    const [first, second] = [await views(), await views()];
    expect(second).toEqual(first);
    expect(await client.get(`${THEIRS}/shop`)).toEqual(before);
    expect(await (await fetch(`${url}/metrics`)).text()).not.toMatch(/^netaware_aggregator_plans_total\{.*[1-9]/m);
  });

  it('have pods whose placement is explained, audited and advised on', async () => {
    await createPod('db-1', 'db', { node: 'b1' });
    await createPod('cart-1', 'cart');
    await createPod('cart-2', 'cart');
    await startAggregating();
    const { uid: podUid } = ((await client.get(`${PODS}/cart-1`)) as Pod).metadata;
    const decision = { podUid, namespace: 'default', pod: 'cart-1', at: new Date().toISOString() };
    const answer = await fetch(`${url}/v1/decisions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ decisions: [decision] }),
    });
    expect(answer.status).toBe(200);
    await bind('cart-1', 'a1');
    await bind('cart-2', 'a1');
    await vi.waitFor(async () => {
      expect((await eventsOf('cart-1')).PlacedByNetwork).toMatch(
        /^network cost .* on a1; runner-up b1: .*calls db on b1/,
      );
    }, WAIT);
    await vi.waitFor(async () => expect(await eventsOf('cart-2')).toHaveProperty('NotScoredByNetwork'), {
      ...WAIT,
      timeout: 40_000,
    });
    expect(await eventsOf('cart-1')).not.toHaveProperty('NotScoredByNetwork');
    await vi.waitFor(
      async () => {
        const { moves } = (await (await fetch(`${url}/v1/advice`)).json()) as Advice;
        expect(moves.map(({ appGroup, pod, to }) => `${appGroup}: ${pod} to ${to}`)).toContain('shop: cart-1 to b1');
      },
      { ...WAIT, timeout: 60_000 },
    );
  }, 120_000);

  it('with a selector that is no name of a workload here do not spoil the answer', async () => {
    const workload = { kind: 'Deployment', name: 'web', selector: 'Web_1' };
    const metadata = { name: 'loud', namespace: 'default' };
    await client.create(THEIRS, { ...APP_GROUP, metadata, spec: { workloads: [{ workload }] } });
    await startAggregating();
    const loud = await vi.waitFor(async () => {
      const found = (await views()).find(({ name }) => name === 'loud');
      expect(found).toBeDefined();
      return found;
    }, WAIT);
    expect(loud?.spec).toBeUndefined();
    const valid = loud?.status?.conditions?.find(({ type }) => type === 'Valid');
    expect(valid).toMatchObject({ status: 'False', message: expect.stringContaining('spec: workloads') });
  });

  it('hold no gated pod', async () => {
    await createPod('db-1', 'db', { gated: true });
    await createPod('logs-1', 'logs', { gated: true });
    await startAggregating();
    await createPod('cart-1', 'cart', { gated: true });
    for (const name of ['db-1', 'logs-1', 'cart-1']) {
      await vi.waitFor(async () => expect(await isGated(name)).toBe(false), WAIT);
    }
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('gates_released_total{reason="noOrder"} 3');
  });

  it('count for nothing where one of ours has the name, whose order their pods follow', async () => {
    await client.create(OURS, makeGroup('shop', { cart: { db: 1 }, db: {} }, { ordering: 'Kahn' }));
    await createPod('cart-1', 'cart', { gated: true });
    await createPod('db-1', 'db', { gated: true });
    await startAggregating();
    await vi.waitFor(async () => expect(await isGated('cart-1')).toBe(false), WAIT);
    expect(await isGated('db-1')).toBe(true);
    await bind('cart-1', 'a1');
    await vi.waitFor(async () => expect(await isGated('db-1')).toBe(false), WAIT);
    const [shop, ...others] = await views();
    expect(others).toEqual([]);
    expect(shop?.spec?.workloads.map(({ name }) => name)).toEqual(['cart', 'db']);
    await vi.waitFor(async () => {
      const { status } = appGroup.parse(await client.get(`${OURS}/shop`)) as AppGroup;
      expect(status?.workloads?.map(({ replicas }) => replicas)).toEqual([1, 0]);
    }, WAIT);
    await client.delete(`${OURS}/shop`);
    await vi.waitFor(async () => expect((await views())[0]?.spec?.workloads).toHaveLength(5), WAIT);
  });
});

describe("the watches of scheduler-plugins' AppGroups", () => {
  const warn = vi.spyOn(logger, 'warn');
  beforeEach(() => warn.mockClear());

  function watch({ get = client.get, ...theirTimes }: TheirTimes & { get?: KubernetesClient['get'] } = {}) {
    const told: string[] = [];
    const state = watchGroups({
      client: { ...client, get },
      logger,
      theirTimes,
      events: {
        podChanged: (before, after, listing) => {
          const verb = before ? (after ? 'changed' : 'gone') : 'new';
          if (before || after) told.push(`${(after ?? before)?.metadata.name} ${verb}${listing ? ' (listed)' : ''}`);
        },
        groupChanged: () => {},
      },
    });
    stops.push(state.stop);
    return { state, told };
  }

  const failing = (code: 'FORBIDDEN' | 'UNAVAILABLE') => (path: string) =>
    path.startsWith(DIKTYO_GROUPS_PATH) ? Promise.reject(new AppError(code, 'no')) : client.get(path);

  it('begin when the definition is installed, with the pods that are there', async () => {
    const { state, told } = watch({ lookMs: 30 });
    await createPod('db-1', 'db', { node: 'n1' });
    await vi.waitFor(() => expect(state.synced()).toBe(true), WAIT);
    expect([state.watchesTheirPods(), state.pods('default/shop'), told]).toEqual([false, [], []]);
    await define();
    await vi.waitFor(() => expect(state.isTheirs('default/shop')).toBe(true), WAIT);
    await vi.waitFor(() => expect(told).toEqual(['db-1 new (listed)']), WAIT);
    expect(state.placed().placements.get('default/shop')).toEqual(new Map([['db', ['n1']]]));
    await client.delete(`${DEFINITIONS}/appgroups.appgroup.diktyo.x-k8s.io`);
    await vi.waitFor(() => expect(state.known().has('default/shop')).toBe(false), WAIT);
    expect(state.theirs()).toEqual([]);
  });

  it('hold nothing up where they may not be read, and say so once', async () => {
    const get = vi.fn(failing('FORBIDDEN'));
    const { state } = watch({ get, lookMs: 20 });
    await vi.waitFor(() => expect(state.synced()).toBe(true), WAIT);
    const looks = () => get.mock.calls.filter(([path]) => path.startsWith(DIKTYO_GROUPS_PATH)).length;
    await vi.waitFor(() => expect(looks()).toBeGreaterThan(3), WAIT);
    expect(warn.mock.calls.map(([, message]) => message)).toEqual(['may not read a resource, and goes on without it']);
  });

  it('are not waited for long where they cannot be read', async () => {
    const { state } = watch({ get: failing('UNAVAILABLE'), lookMs: 20, patienceMs: 500 });
    await vi.waitFor(() => expect(state.synced()).toBe(true), WAIT);
    expect(warn.mock.calls.map(([, message]) => message)).toEqual([
      "cannot read scheduler-plugins' AppGroups yet, and goes on without them",
    ]);
  });

  it('count a pod once that gets our labels beside theirs', async () => {
    await define();
    const { state } = watch();
    await createPod('db-1', 'db', { node: 'n1' });
    await vi.waitFor(() => expect(state.pods('default/shop')).toHaveLength(1), WAIT);
    const labels = { [APP_GROUP_LABEL]: 'shop', [WORKLOAD_LABEL]: 'store' };
    await client.patch(`${PODS}/db-1`, MERGE, { metadata: { labels } });
    const placed = () => state.placed().placements.get('default/shop');
    await vi.waitFor(() => expect(placed()).toEqual(new Map([['store', ['n1']]])), WAIT);
    await client.patch(`${PODS}/db-1`, MERGE, { metadata: { labels: { [APP_GROUP_LABEL]: null } } });
    await vi.waitFor(() => expect(placed()).toEqual(new Map([['db', ['n1']]])), WAIT);
    expect(state.pods('default/shop')).toHaveLength(1);
  });
});

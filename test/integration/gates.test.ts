import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepGates } from '#aggregator/app-groups/gates.ts';
import { watchGroups } from '#aggregator/app-groups/group-state.ts';
import { createAggregatorMetrics } from '#aggregator/metrics.ts';
import { APP_GROUP, resourcePath } from '#core/api/custom-resources.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import { ORDERED_GATE } from '#core/api/names.ts';
import type { GateDelays } from '#core/appgroup/gates.ts';
import { AppError } from '#core/errors.ts';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { labKubeConfig } from '#lab/kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeGroup, makePod } from '#test/builders.ts';
import { makeTheirPod } from '#test/diktyo/two-regions.ts';

const logger = createLogger('test', 'silent');
const WAIT = { timeout: 15_000, interval: 20 };
const GROUPS = resourcePath(APP_GROUP, 'default');
const PODS = '/api/v1/namespaces/default/pods';
const CHAIN = { a: { b: 1 }, b: { c: 1 }, c: {} };
/** Nobody waits but for those before. */
const PATIENT: GateDelays = { settleMs: 0, planWaitMs: 0, deadlineMs: 600_000, limitMs: 600_000 };

let api: ApiServer;
let client: KubernetesClient;
let patched: string[];
/** How many patches are refused from now on. */
let refusals: number;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  stops = [];
  patched = [];
  refusals = 0;
  api = await startApiServer({ host: '127.0.0.1', port: 0, logger });
  const kubernetes = createKubernetesClient(labKubeConfig({ server: api.url }), { timeoutMs: 5000 });
  client = {
    ...kubernetes,
    patch: (path, type, body) => {
      patched.push(path);
      refusals -= 1;
      if (refusals >= 0) return Promise.reject(new AppError('INVALID_INPUT', 'refused'));
      return kubernetes.patch(path, type, body);
    },
  };
});

afterEach(async () => {
  for (const stop of stops) await stop();
  await api.close();
});

/** Returns the registry of its metrics, and how it is stopped before the test ends. */
function startGates({ delays = PATIENT, planReady = (_group: string): boolean => true } = {}) {
  const registry = new Registry();
  const state = watchGroups({
    client,
    logger,
    events: {
      podChanged: (before, after, listing) => gates.podChanged(before, after, listing),
      groupChanged: () => gates.groupChanged(),
    },
  });
  const metrics = createAggregatorMetrics(registry);
  const gates = keepGates({ client, state, planReady, delays, metrics, logger, strayIntervalMs: 100 });
  const stop = async () => void (await Promise.all([gates.stop(), state.stop()]));
  stops.push(stop);
  return { registry, stop };
}

async function released(registry: Registry): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric('netaware_aggregator_gates_released_total')?.get();
  return Object.fromEntries(metric?.values.map(({ labels, value }) => [String(labels.reason), value]) ?? []);
}

async function createGated(
  name: string,
  workload: string | undefined,
  gates = [ORDERED_GATE],
  labels: Record<string, string> = {},
): Promise<void> {
  const made = makePod(name, workload === undefined ? {} : { group: 'shop', workload });
  const metadata = { ...made.metadata, labels: { ...made.metadata.labels, ...labels } };
  const spec = { schedulingGates: gates.map((gate) => ({ name: gate })), containers: [{ name: 'main', image: 'x' }] };
  await client.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
}

async function bind(name: string): Promise<void> {
  const target = { apiVersion: 'v1', kind: 'Node', name: 'n1' };
  await client.create(`${PODS}/${name}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target });
}

async function gatesOf(name: string): Promise<string[]> {
  const { spec } = (await client.get(`${PODS}/${name}`)) as Pod;
  return spec.schedulingGates?.map((gate) => gate.name) ?? [];
}

async function gatedPods(): Promise<string[]> {
  const { items } = (await client.get(PODS)) as { items: Pod[] };
  return items.filter(({ spec }) => spec.schedulingGates?.length).map(({ metadata }) => metadata.name);
}

const untilGated = (...names: string[]) =>
  vi.waitFor(async () => expect((await gatedPods()).toSorted()).toEqual(names), WAIT);

describe('the gates of an AppGroup', () => {
  it('open in the schedule order, each when the pods before are bound, also after a restart', async () => {
    await client.create(GROUPS, makeGroup('shop', CHAIN, { ordering: 'Kahn' }));
    for (const name of ['c', 'b', 'a']) await createGated(name, name);
    const first = startGates();
    await untilGated('b', 'c');
    await first.stop();
    await bind('a');
    const second = startGates();
    await untilGated('c');
    await bind('b');
    await untilGated();
    expect([await released(first.registry), await released(second.registry)]).toEqual([{ order: 1 }, { order: 2 }]);
  });

  it('do not wait longer than the deadline, and other gates stay', async () => {
    await client.create(GROUPS, makeGroup('shop', CHAIN, { ordering: 'Kahn' }));
    await createGated('a', 'a');
    await createGated('c', 'c', ['example.com/quota', ORDERED_GATE, 'example.com/more']);
    const { registry } = startGates({ delays: { ...PATIENT, deadlineMs: 300 } });
    await vi.waitFor(async () => expect(await gatesOf('c')).toEqual(['example.com/quota', 'example.com/more']), WAIT);
    expect(await released(registry)).toEqual({ order: 1, deadline: 1 });
  });

  it('wait for the plan, but not for long', async () => {
    await client.create(GROUPS, makeGroup('shop', CHAIN));
    for (const name of ['a', 'b', 'c']) await createGated(name, name);
    const { registry } = startGates({ delays: { ...PATIENT, planWaitMs: 500 }, planReady: () => false });
    await vi.waitFor(async () => expect(await released(registry)).toEqual({ noPlan: 1 }), WAIT);
  });

  it('open for pods that belong to no workload or no group', async () => {
    await client.create(GROUPS, makeGroup('shop', CHAIN, { ordering: 'None' }));
    await createGated('stray', undefined);
    await createGated('half', '');
    await createGated('a', 'a');
    await createGated('theirs', undefined, [ORDERED_GATE], makeTheirPod('theirs', 'a').metadata.labels ?? {});
    const { registry } = startGates();
    await untilGated();
    expect(await released(registry)).toEqual({ noLabel: 3, noOrder: 1 });
  });

  it('are tried again where a patch was refused', async () => {
    await client.create(GROUPS, makeGroup('shop', CHAIN, { ordering: 'Kahn' }));
    await createGated('a', 'a');
    refusals = 1;
    startGates();
    await untilGated();
    expect(patched).toEqual([`${PODS}/a`, `${PODS}/a`]);
  });

  it('open for hundreds of pods in a burst, each with one patch', async () => {
    await client.create(GROUPS, makeGroup('shop', CHAIN, { ordering: 'Kahn' }));
    const names = Array.from({ length: 300 }, (_, index) => `a-${index}`);
    for (const name of names) await createGated(name, 'a');
    startGates();
    await untilGated();
    expect(patched.toSorted()).toEqual(names.map((name) => `${PODS}/${name}`).toSorted());
  });
});

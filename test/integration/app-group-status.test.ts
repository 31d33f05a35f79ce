import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepAppGroups } from '#aggregator/app-groups/controller.ts';
import { watchGroups } from '#aggregator/app-groups/group-state.ts';
import type { GroupFacts } from '#aggregator/app-groups/status.ts';
import { type AppGroup, type AppGroupStatus, appGroup } from '#core/api/app-group.ts';
import { APP_GROUP, resourcePath } from '#core/api/custom-resources.ts';
import { namespacedName } from '#core/api/kubernetes.ts';
import { AppError } from '#core/errors.ts';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { labKubeConfig } from '#lab/kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeGroup, makePod } from '#test/builders.ts';

const logger = createLogger('test', 'silent');
const WAIT = { timeout: 10_000, interval: 20 };
const GROUPS = resourcePath(APP_GROUP, 'default');
const PODS = '/api/v1/namespaces/default/pods';
const MERGE = 'application/merge-patch+json';

interface CoreEvent {
  involvedObject: { kind: string; name: string };
  type: string;
  reason: string;
}

let api: ApiServer;
let client: KubernetesClient;
/** Paths that are applied, in order. */
let applied: string[];
/** Paths of this form are refused. */
let refused: RegExp | undefined;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  stops = [];
  applied = [];
  refused = undefined;
  api = await startApiServer({ host: '127.0.0.1', port: 0, logger });
  const kubernetes = createKubernetesClient(labKubeConfig({ server: api.url }), { timeoutMs: 5000 });
  client = {
    ...kubernetes,
    apply: (path, fieldManager, body) => {
      applied.push(path);
      if (refused?.test(path)) return Promise.reject(new AppError('INVALID_INPUT', 'refused'));
      return kubernetes.apply(path, fieldManager, body);
    },
  };
});

afterEach(async () => {
  for (const stop of stops) await stop();
  await api.close();
});

function startKeeping(): void {
  const changed = () => controller.request();
  const state = watchGroups({ client, logger, events: { podChanged: changed, groupChanged: changed } });
  const facts: GroupFacts = ({ metadata }) => ({
    placed: state.placed().placements.get(namespacedName(metadata)),
    placementCost: undefined,
    planned: undefined,
    drifted: undefined,
  });
  const controller = keepAppGroups({ client, state, facts, plansWritten: () => {}, intervalMs: 50, logger });
  stops.push(() => controller.stop(), state.stop);
}

async function createPod(name: string, group: string, workload: string, node?: string): Promise<void> {
  const { metadata } = makePod(name, { group, workload });
  const spec = { ...(node === undefined ? {} : { nodeName: node }), containers: [{ name: 'main', image: 'x' }] };
  await client.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
}

async function statusOf(name: string): Promise<AppGroupStatus | undefined> {
  return ((await client.get(`${GROUPS}/${name}`)) as AppGroup).status;
}

describe('the status of AppGroups', () => {
  it('tells whether the spec can be followed and where the pods are, and follows both', async () => {
    await client.create(GROUPS, makeGroup('shop', { web: { db: 1 }, db: {} }));
    await createPod('db-0', 'shop', 'db', 'n1');
    await createPod('db-waits', 'shop', 'db');
    startKeeping();
    const first = await vi.waitFor(async () => {
      const status = await statusOf('shop');
      expect(status).toMatchObject({
        observedGeneration: 1,
        conditions: [
          { type: 'Valid', status: 'True' },
          { type: 'Acyclic', status: 'True' },
          { type: 'Unambiguous', status: 'True' },
          { type: 'Planned', status: 'Unknown' },
          { type: 'Drifted', status: 'Unknown' },
        ],
        workloads: [
          { name: 'web', replicas: 0 },
          { name: 'db', replicas: 1, nodes: ['n1'] },
        ],
      });
      return status;
    }, WAIT);

    await createPod('web-0', 'shop', 'web', 'n2');
    await vi.waitFor(async () => {
      expect((await statusOf('shop'))?.workloads).toMatchObject([{ replicas: 1, nodes: ['n2'] }, { replicas: 1 }]);
    }, WAIT);

    const workloads = [
      { name: 'db', dependencies: [{ name: 'web' }] },
      { name: 'web', dependencies: [{ name: 'db' }] },
    ];
    await client.patch(`${GROUPS}/shop`, MERGE, { spec: { workloads } });
    const last = await vi.waitFor(async () => {
      const status = await statusOf('shop');
      expect(status).toMatchObject({ observedGeneration: 2 });
      return status;
    }, WAIT);
    const condition = (status: AppGroupStatus | undefined, wanted: string) =>
      status?.conditions?.find(({ type }) => type === wanted);
    expect(condition(last, 'Acyclic')).toMatchObject({ status: 'False', reason: 'DependencyCycle' });
    expect(condition(last, 'Valid')?.lastTransitionTime).toBe(condition(first, 'Valid')?.lastTransitionTime);
    expect(() => appGroup.shape.status.parse(last)).not.toThrow();
  });

  it('tells the order of the workloads, and follows the ordering that the spec wants', async () => {
    const calls = { web: { db: 1 }, db: {}, alone: {} };
    await client.create(GROUPS, makeGroup('shop', calls, { ordering: 'Kahn' }));
    startKeeping();
    const order = async () =>
      (await statusOf('shop'))?.scheduleOrder?.toSorted((a, b) => a.index - b.index).map(({ workload }) => workload);
    await vi.waitFor(async () => expect(await order()).toEqual(['alone', 'web', 'db']), WAIT);
    await client.patch(`${GROUPS}/shop`, MERGE, { spec: { ordering: 'ReverseKahn' } });
    await vi.waitFor(async () => expect(await order()).toEqual(['db', 'web', 'alone']), WAIT);
    await client.patch(`${GROUPS}/shop`, MERGE, { spec: { ordering: 'None' } });
    await vi.waitFor(async () => expect(await order()).toEqual([]), WAIT);
  });

  it('tells both groups of a Deployment that both claim, and no more when one is deleted', async () => {
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const claiming = (name: string) =>
      makeGroup(name, { web: {} }, { workloads: [{ name: 'web', workloadRef, dependencies: [] }] });
    for (const name of ['shop', 'store']) await client.create(GROUPS, claiming(name));
    startKeeping();
    const claims = async (name: string) =>
      (await statusOf(name))?.conditions?.find(({ type }) => type === 'Unambiguous')?.reason;
    for (const name of ['shop', 'store']) {
      await vi.waitFor(async () => expect(await claims(name)).toBe('ClaimedTwice'), WAIT);
    }
    await client.delete(`${GROUPS}/store`);
    await vi.waitFor(async () => expect(await claims('shop')).toBe('OneClaim'), WAIT);
    await createPod('wbe-0', 'shop', 'wbe', 'n1');
    await vi.waitFor(async () => expect(await claims('shop')).toBe('UnknownWorkload'), WAIT);
  });

  it('is written anew where somebody else changed the order', async () => {
    await client.create(GROUPS, makeGroup('shop', { web: { db: 1 }, db: {} }, { ordering: 'Kahn' }));
    startKeeping();
    const order = async () => (await statusOf('shop'))?.scheduleOrder;
    const right = [
      { workload: 'web', index: 1 },
      { workload: 'db', index: 2 },
    ];
    await vi.waitFor(async () => expect(await order()).toEqual(right), WAIT);
    const wrong = { scheduleOrder: [{ workload: 'web', index: 2 }] };
    await client.patch(`${GROUPS}/shop/status`, MERGE, { status: wrong });
    await vi.waitFor(async () => expect(await order()).toEqual(right), WAIT);
  });

  it('is told of in an event where a condition goes wrong or is well again, and not again soon', async () => {
    await client.create(GROUPS, makeGroup('shop', { web: { db: 1 }, db: {} }));
    startKeeping();
    await vi.waitFor(async () => expect(await statusOf('shop')).toBeDefined(), WAIT);
    const events = async () => {
      const { items } = (await client.get('/api/v1/namespaces/default/events')) as { items: CoreEvent[] };
      return items.map(
        ({ involvedObject, type, reason }) => `${involvedObject.kind} ${involvedObject.name}: ${type} ${reason}`,
      );
    };
    expect(await events()).toEqual([]);
    const calling = (callee: string) => [{ name: callee }];
    const circle = [
      { name: 'db', dependencies: calling('web') },
      { name: 'web', dependencies: calling('db') },
    ];
    const line = [{ name: 'db' }, { name: 'web', dependencies: calling('db') }];
    for (const [generation, workloads] of [circle, line, circle].entries()) {
      await client.patch(`${GROUPS}/shop`, MERGE, { spec: { workloads } });
      await vi.waitFor(async () => expect((await statusOf('shop'))?.observedGeneration).toBe(generation + 2), WAIT);
    }
    await vi.waitFor(async () => expect(await events()).toHaveLength(2), WAIT);
    expect((await events()).toSorted()).toEqual([
      'AppGroup shop: Normal DependencyCycle',
      'AppGroup shop: Normal NoCycle',
    ]);
  });

  it('is written only where it differs', async () => {
    await client.create(GROUPS, makeGroup('shop', { web: {} }));
    startKeeping();
    await vi.waitFor(async () => expect(await statusOf('shop')).toBeDefined(), WAIT);
    // What another group gets comes from a later look at both.
    await createPod('other-0', 'other', 'web', 'n1');
    await client.create(GROUPS, makeGroup('other', { web: {} }));
    await vi.waitFor(async () => expect((await statusOf('other'))?.workloads).toMatchObject([{ replicas: 1 }]), WAIT);
    expect(applied.filter((path) => path.endsWith('/shop/status'))).toHaveLength(1);
  });

  it('that is refused holds up no other, and is tried again when the group changes', async () => {
    refused = /shop/;
    await client.create(GROUPS, makeGroup('shop', { web: {} }));
    await client.create(GROUPS, makeGroup('zoo', { web: {} }));
    startKeeping();
    await vi.waitFor(async () => expect(await statusOf('zoo')).toBeDefined(), WAIT);
    refused = undefined;
    await client.patch(`${GROUPS}/shop`, MERGE, { spec: { ordering: 'None' } });
    await vi.waitFor(async () => expect(await statusOf('shop')).toMatchObject({ observedGeneration: 2 }), WAIT);
  });
});

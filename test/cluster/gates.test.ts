import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppGroup } from '#core/api/app-group.ts';
import { APP_GROUP, resourcePath } from '#core/api/custom-resources.ts';
import { type Pod, pod } from '#core/api/kubernetes.ts';
import { API_VERSION, APP_GROUP_LABEL, ORDERED_GATE, SCHEDULER_NAME, WORKLOAD_LABEL } from '#core/api/names.ts';
import { until } from '#lab/until.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { watchResource } from '#runtime/kubernetes/resource-cache.ts';
import { createLogger } from '#runtime/logger.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { type Installation, install } from '#test/cluster/installation.ts';
import type { TestProcess } from '#test/cluster/processes.ts';
import { refusalsIn } from '#test/cluster/refusals.ts';
import { createNode, DEADLINE_MS, type Json, metricOf } from '#test/cluster/scheduling.ts';
import { manifestPath } from '#test/manifests/kustomize.ts';
import { meetsRequirements } from '#test/requirements.ts';

// Deployments as users have them; the admission policy, the aggregator and the scheduler do the rest.

const SUITE = 'the order of an AppGroup on a real control plane';
const canRun = meetsRequirements(SUITE, { tools: ['kubectl'] }) && hasControlPlane(SUITE);
const TEST_DEADLINE_MS = 240_000;
const REPLICAS = 2;
const GUIDE = new URL('../../docs/app-groups.md', import.meta.url);
/** As the workloads of a chain are placed: callers before those that they call. */
const CHAIN = ['web', 'cart', 'db', 'log'];

interface Reference {
  apiVersion: string;
  kind: string;
  name: string;
}

const deploymentNamed = (name: string): Reference => ({ apiVersion: 'apps/v1', kind: 'Deployment', name });
const replicaSetNamed = (name: string): Reference => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name });

describe.runIf(canRun)(SUITE, () => {
  let cluster: Cluster;
  let client: KubernetesClient;
  let installation: Installation;
  let aggregator: TestProcess;
  const aggregators: TestProcess[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ withDefinitions: false });
    client = cluster.client;
    for (const name of ['n1', 'n2']) await createNode(cluster, name);
    installation = await install(cluster, overlayWithPolicy());
    await startAggregator({});
    await installation.startExtender();
    await installation.startScheduler();
  }, TEST_DEADLINE_MS);

  afterAll(() => cluster?.stop());

  function overlayWithPolicy(): string {
    const folder = join(cluster.folder, 'overlay');
    mkdirSync(folder);
    const from = (path: string) => relative(folder, manifestPath(path));
    const overlay = { resources: [from('overlays/dev')], components: [from('components/app-group-pods')] };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(overlay));
    return folder;
  }

  async function startAggregator(settings: Record<string, string>): Promise<void> {
    const env = { NETAWARE_AGENT_SERVICE: '', NETAWARE_GATE_SETTLE_MS: '2000', ...settings };
    aggregator = await installation.startAggregator(env);
    aggregators.push(aggregator);
  }

  async function createNamespace(name: string): Promise<void> {
    await client.create('/api/v1/namespaces', { metadata: { name } });
    await until(`${name} has a ServiceAccount`, DEADLINE_MS, async () => {
      const { items } = (await client.get(`/api/v1/namespaces/${name}/serviceaccounts`)) as Json;
      return items.length > 0 ? undefined : 'it has none';
    });
  }

  /** Each workload calls the next one. Waits until new pods of the first are given to the group. */
  async function createGroup(
    namespace: string,
    workloads: Record<string, Reference>,
    { name = 'shop', ordering = 'Kahn' } = {},
  ): Promise<void> {
    const names = Object.keys(workloads);
    const spec = {
      ordering,
      workloads: Object.entries(workloads).map(([workload, workloadRef], index) => ({
        name: workload,
        workloadRef,
        dependencies: names.slice(index + 1, index + 2).map((callee) => ({ name: callee })),
      })),
    };
    const metadata = { name, namespace };
    await client.create(resourcePath(APP_GROUP, namespace), {
      apiVersion: API_VERSION,
      kind: 'AppGroup',
      metadata,
      spec,
    });
    const [first = deploymentNamed('')] = Object.values(workloads);
    await until('the policy is in force', DEADLINE_MS, async () => {
      const owner = replicaSetNamed(`${first.name}-abc`);
      const { metadata: admitted } = await admit(namespace, owner, { labels: { 'pod-template-hash': 'abc' } });
      return admitted.labels?.[APP_GROUP_LABEL] === undefined ? 'a pod has no label' : undefined;
    });
  }

  const createChain = (namespace: string) =>
    createGroup(namespace, Object.fromEntries(CHAIN.map((name) => [name, deploymentNamed(name)])));

  /** The pod as it would be created. */
  async function admit(
    namespace: string,
    owner: Reference | undefined,
    { labels = {}, spec = {} }: { labels?: Record<string, string>; spec?: object } = {},
  ): Promise<Pod> {
    const ownerReferences = owner === undefined ? [] : [{ ...owner, controller: true, uid: 'none' }];
    return (await client.create(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
      metadata: { generateName: 'probe-', labels, ownerReferences },
      spec: { containers: [{ name: 'app', image: 'example/app:1' }], ...spec },
    })) as Pod;
  }

  async function createDeployments(namespace: string, names: readonly string[], cpu: Record<string, string> = {}) {
    for (const name of names) {
      const labels = { app: name };
      const resources = { requests: { cpu: cpu[name] ?? '10m' } };
      const spec = { containers: [{ name: 'app', image: 'example/app:1', resources }] };
      await client.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
        metadata: { name },
        spec: { replicas: REPLICAS, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      });
    }
  }

  async function podsIn(namespace: string): Promise<Pod[]> {
    return ((await client.get(`/api/v1/namespaces/${namespace}/pods`)) as { items: Pod[] }).items;
  }

  const appOf = ({ metadata }: Pod) => metadata.labels?.app ?? '';

  /** The workloads of pods, in the order in which they are bound. */
  function recordBindings(namespace: string): { bound: string[]; stop(): Promise<void> } {
    const bound: string[] = [];
    const cache = watchResource({
      client,
      path: `/api/v1/namespaces/${namespace}/pods`,
      schema: pod,
      logger: createLogger('test', 'silent'),
      onChange: (before, after) => {
        if (after?.spec.nodeName && !before?.spec.nodeName) bound.push(appOf(after));
      },
    });
    return { bound, stop: cache.stop };
  }

  const twice = (names: readonly string[]) => names.flatMap((name) => Array<string>(REPLICAS).fill(name));
  const untilBound = (bound: readonly string[], count: number) =>
    until(`${count} pods are bound`, DEADLINE_MS, async () => (bound.length >= count ? undefined : bound.join()));
  const released = (reason: string) =>
    metricOf(`http://${cluster.host}:8088`, `netaware_aggregator_gates_released_total{reason="${reason}"}`);

  /** With the command of the guide. */
  async function removeByHand(): Promise<void> {
    await createNamespace('shop');
    await createGroup('shop', { web: deploymentNamed('web') });
    const bindings = recordBindings('shop');
    await createDeployments('shop', ['web']);
    await until('the pods are gated', DEADLINE_MS, async () => {
      const states = (await podsIn('shop')).map(stateOf);
      return states.join() === Array(REPLICAS).fill('SchedulingGated').join() ? undefined : states.join();
    });
    const [, command = ''] = /^```\n(kubectl get pods -n shop .*?)^```$/ms.exec(readFileSync(GUIDE, 'utf8')) ?? [];
    await execa('sh', ['-euc', command], {
      env: { KUBECONFIG: cluster.controlPlane.kubeconfig, HOME: cluster.folder },
    });
    await untilBound(bindings.bound, REPLICAS);
    await bindings.stop();
  }

  describe('the policy gives a pod', () => {
    const NAMESPACE = 'kinds';
    const all = (workload: string) => ({
      group: 'shop',
      workload,
      scheduler: SCHEDULER_NAME,
      gates: [ORDERED_GATE],
    });
    const labelsOnly = (workload: string) => ({ ...all(workload), scheduler: 'default-scheduler', gates: [] });
    const nothing = { group: undefined, workload: undefined, scheduler: 'default-scheduler', gates: [] };
    const hash = { 'pod-template-hash': '5d4f' };

    beforeAll(async () => {
      await createNamespace(NAMESPACE);
      await createGroup(NAMESPACE, {
        front: deploymentNamed('web'),
        store: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db' },
        nightly: { apiVersion: 'batch/v1', kind: 'CronJob', name: 'report' },
        each: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'proxy' },
      });
      await createNamespace('unordered');
      await createGroup('unordered', { front: deploymentNamed('web') }, { ordering: 'None' });
    });

    it.each<[string, Reference | undefined, { labels?: Record<string, string>; spec?: object }, object]>([
      ['of a Deployment', replicaSetNamed('web-5d4f'), { labels: hash }, all('front')],
      ['of a StatefulSet', { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db' }, {}, all('store')],
      ['of a CronJob', { apiVersion: 'batch/v1', kind: 'Job', name: 'report-29384756' }, {}, all('nightly')],
      [
        'of a DaemonSet labels only',
        { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'proxy' },
        {},
        labelsOnly('each'),
      ],
      [
        'of another scheduler labels only',
        replicaSetNamed('web-5d4f'),
        { labels: hash, spec: { schedulerName: 'other' } },
        { ...labelsOnly('front'), scheduler: 'other' },
      ],
      [
        'that has a node labels only',
        replicaSetNamed('web-5d4f'),
        { labels: hash, spec: { nodeName: 'n1' } },
        labelsOnly('front'),
      ],
      [
        'with a gate ours beside it',
        replicaSetNamed('web-5d4f'),
        { labels: hash, spec: { schedulingGates: [{ name: 'example.com/quota' }] } },
        { ...all('front'), gates: ['example.com/quota', ORDERED_GATE] },
      ],
      ['of a ReplicaSet of the same name nothing', replicaSetNamed('web'), {}, nothing],
      ['of another Deployment nothing', replicaSetNamed('web-2-5d4f'), { labels: hash }, nothing],
      ['of a Job that is no CronJob nothing', { apiVersion: 'batch/v1', kind: 'Job', name: 'report-now' }, {}, nothing],
      ['without an owner nothing', undefined, {}, nothing],
      [
        'that says of another group nothing',
        replicaSetNamed('web-5d4f'),
        { labels: { ...hash, [APP_GROUP_LABEL]: 'other' } },
        { ...nothing, group: 'other' },
      ],
    ])('%s', async (_what, owner, options, want) => {
      const { metadata, spec } = await admit(NAMESPACE, owner, options);
      expect({
        group: metadata.labels?.[APP_GROUP_LABEL],
        workload: metadata.labels?.[WORKLOAD_LABEL],
        scheduler: spec.schedulerName,
        gates: spec.schedulingGates?.map(({ name }) => name) ?? [],
      }).toEqual(want);
    });

    it('no gate where its AppGroup wants no order', async () => {
      const { metadata, spec } = await admit('unordered', replicaSetNamed('web-5d4f'), { labels: hash });
      expect(metadata.labels).toMatchObject({ [APP_GROUP_LABEL]: 'shop' });
      expect([spec.schedulerName, spec.schedulingGates]).toEqual([SCHEDULER_NAME, undefined]);
    });
  });

  it(
    'is the order in which pods of untouched Deployments are bound',
    async () => {
      await createNamespace('ordered');
      await createChain('ordered');
      const bindings = recordBindings('ordered');
      await createDeployments('ordered', CHAIN.toReversed());
      await untilBound(bindings.bound, CHAIN.length * REPLICAS);
      await bindings.stop();
      expect(bindings.bound).toEqual(twice(CHAIN));
      expect(await released('order')).toBe(CHAIN.length * REPLICAS);
      for (const { metadata, spec } of await podsIn('ordered')) {
        expect(metadata.labels).toMatchObject({ [APP_GROUP_LABEL]: 'shop', [WORKLOAD_LABEL]: metadata.labels?.app });
        expect(spec.schedulerName).toBe(SCHEDULER_NAME);
      }
      const { items } = (await client.get('/apis/apps/v1/namespaces/ordered/deployments')) as Json;
      for (const { spec } of items) expect(JSON.stringify(spec)).not.toContain('netaware');
    },
    TEST_DEADLINE_MS,
  );

  it(
    'no longer holds pods whose AppGroup was deleted',
    async () => {
      await createNamespace('deleted');
      await createChain('deleted');
      const bindings = recordBindings('deleted');
      await createDeployments('deleted', CHAIN, { web: '1000' });
      const waiting = CHAIN.slice(1);
      await until('the first workload was tried, and the others are gated', DEADLINE_MS, async () => {
        const states = (await podsIn('deleted')).map((one) => `${appOf(one)} ${stateOf(one)}`).toSorted();
        const wanted = [
          ...twice(['web']).map((name) => `${name} Unschedulable`),
          ...twice(waiting).map((name) => `${name} SchedulingGated`),
        ];
        return states.join() === wanted.toSorted().join() ? undefined : states.join();
      });
      await client.delete(`${resourcePath(APP_GROUP, 'deleted')}/shop`);
      await untilBound(bindings.bound, waiting.length * REPLICAS);
      await bindings.stop();
      expect(bindings.bound.toSorted()).toEqual(twice(waiting).toSorted());
      expect(await released('noGroup')).toBe(waiting.length * REPLICAS);
    },
    TEST_DEADLINE_MS,
  );

  it(
    'holds pods while the aggregator is down, and goes on when it is back; who is never schedulable holds nobody for ever',
    async () => {
      await aggregator.kill();
      await createNamespace('stuck');
      await createChain('stuck');
      const bindings = recordBindings('stuck');
      await createDeployments('stuck', CHAIN, { web: '1000' });
      await until('all pods are gated', DEADLINE_MS, async () => {
        const states = (await podsIn('stuck')).map(stateOf);
        return states.join() ===
          Array(CHAIN.length * REPLICAS)
            .fill('SchedulingGated')
            .join()
          ? undefined
          : states.join();
      });
      await removeByHand();
      await startAggregator({ NETAWARE_GATE_DEADLINE_MS: '3000' });
      const others = CHAIN.slice(1);
      await untilBound(bindings.bound, others.length * REPLICAS);
      await bindings.stop();
      expect(bindings.bound).toEqual(twice(others));
      expect([await released('order'), await released('deadline')]).toEqual([REPLICAS, others.length * REPLICAS]);
      expect((await podsIn('stuck')).filter((one) => appOf(one) === 'web').map(stateOf)).toEqual(
        Array(REPLICAS).fill('Unschedulable'),
      );
    },
    TEST_DEADLINE_MS,
  );

  it(
    'is the order of one group where two claim a Deployment, and both say so',
    async () => {
      await createNamespace('claimed');
      await createGroup('claimed', { web: deploymentNamed('web') }, { name: 'shop' });
      await createGroup('claimed', { front: deploymentNamed('web') }, { name: 'store' });
      const bindings = recordBindings('claimed');
      await createDeployments('claimed', ['web']);
      await untilBound(bindings.bound, REPLICAS);
      await bindings.stop();
      for (const { metadata } of await podsIn('claimed')) {
        const claim = [metadata.labels?.[APP_GROUP_LABEL], metadata.labels?.[WORKLOAD_LABEL]].join(' ');
        expect(['shop web', 'store front']).toContain(claim);
      }
      for (const name of ['shop', 'store']) {
        await until(`${name} tells of it`, DEADLINE_MS, async () => {
          const { status } = (await client.get(`${resourcePath(APP_GROUP, 'claimed')}/${name}`)) as AppGroup;
          const condition = status?.conditions?.find(({ type }) => type === 'Unambiguous');
          return condition?.reason === 'ClaimedTwice' ? undefined : JSON.stringify(condition ?? status ?? 'no status');
        });
        await until(`${name} has an event`, DEADLINE_MS, async () => {
          const selector = encodeURIComponent(`involvedObject.kind=AppGroup,involvedObject.name=${name}`);
          const { items } = (await client.get(`/api/v1/namespaces/claimed/events?fieldSelector=${selector}`)) as Json;
          const reasons = items.map(({ reason }: Json) => reason).join();
          return reasons.split(',').includes('ClaimedTwice') ? undefined : reasons;
        });
      }
    },
    TEST_DEADLINE_MS,
  );

  it('needs no right that the aggregator has not got', () => {
    expect(aggregators).toHaveLength(2);
    for (const { log } of aggregators) expect(refusalsIn(log())).toEqual([]);
  });
});

/** Of the condition PodScheduled. */
function stateOf({ status }: Pod): string | undefined {
  const condition = status?.conditions?.find(({ type }) => type === 'PodScheduled') as { reason?: string } | undefined;
  return condition?.reason;
}

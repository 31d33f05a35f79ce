import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP_GROUP, NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import { API_VERSION, APP_GROUP_LABEL, PROBE_ADDRESS_ANNOTATION, WORKLOAD_LABEL } from '#core/api/names.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import type { Explanation } from '#core/scoring/explain.ts';
import { untilApiServerIsReady } from '#lab/control-plane/kubernetes/control-plane.ts';
import { untilDefinitionsAreServed } from '#lab/control-plane/kubernetes/definitions.ts';
import { until } from '#lab/until.ts';
import { type Cluster, hasControlPlane, loopbackAddress, startCluster } from '#test/cluster/cluster.ts';
import { type Installation, install } from '#test/cluster/installation.ts';
import type { TestProcess } from '#test/cluster/processes.ts';
import { untilReady } from '#test/cluster/readiness.ts';
import {
  boundTo,
  createNode,
  createPod,
  DEADLINE_MS,
  eventOf,
  eventsOf,
  type Json,
  metricOf,
} from '#test/cluster/scheduling.ts';
import { meetsRequirements } from '#test/requirements.ts';

// kube-apiserver is killed and stays away for a minute; etcd keeps its data.

const SUITE = 'an outage of the API server';
const canRun = meetsRequirements(SUITE, { tools: ['kubectl', 'ping', 'iperf3'] }) && hasControlPlane(SUITE);
const OUTAGE_MS = 60_000;
const ASK_EVERY_MS = 500;
const TEST_DEADLINE_MS = 300_000;

/** Nodes with agents, which ping each other; the links of the others are reported by the test. */
const AGENTS = { a: loopbackAddress(), b: loopbackAddress() };
const NODES = ['a', 'b', 'c', 'd'];
const SLICES = resourcePath(NETWORK_TOPOLOGY_SLICE);
const ACCEPTED = 'netaware_aggregator_reports_total{outcome="accepted"}';

describe.runIf(canRun)(SUITE, () => {
  let cluster: Cluster;
  let installation: Installation;
  let scheduler: TestProcess;
  const urls = { aggregator: '', extender: '' };

  beforeAll(async () => {
    cluster = await startCluster({ withDefinitions: false });
    urls.aggregator = `http://${cluster.host}:8088`;
    urls.extender = `http://${cluster.host}:8089`;
    for (const name of NODES) {
      const address = AGENTS[name as keyof typeof AGENTS];
      const annotations = address === undefined ? {} : { [PROBE_ADDRESS_ANNOTATION]: address };
      await createNode(cluster, name, { annotations });
    }
    installation = await install(cluster, '.');
    await installation.startAggregator({ NETAWARE_AGENT_SERVICE: '' });
    await installation.startExtender();
    scheduler = await installation.startScheduler();
    for (const [node, address] of Object.entries(AGENTS)) {
      await untilReady(`http://${address}:9464`, await installation.startAgent(node, address));
    }
    expect(await report('c', 'a', 30)).toBe(2);
    expect(await report('c', 'd', 40)).toBe(2);
    expect(await report('d', 'a', 20)).toBe(2);
    await writeGroup('db');
    await createPod(cluster, 'db', { group: 'shop', workload: 'db', spec: { nodeName: 'a' } });
    await createPod(cluster, 'cache', { group: 'shop', workload: 'cache', spec: { nodeName: 'c' } });
    const gate = { schedulingGates: [{ name: 'test/never' }] };
    await createPod(cluster, 'like-web', { group: 'shop', workload: 'web', spec: gate });
    // The last word about pods that nobody scored.
    for (const pod of ['db', 'cache']) await eventOf(cluster, pod, 'NotScoredByNetwork');
    await until('all slices are written', DEADLINE_MS, async () => {
      const origins = (await slices()).map(({ origin }) => origin);
      return origins.join() === NODES.join() ? undefined : origins.join();
    });
    await untilBest('a');
    await createPod(cluster, 'web-1', { group: 'shop', workload: 'web' });
    // Once bandwidth is measured too, b on the same loopback is as good.
    expect(['a', 'b']).toContain(await boundTo(cluster, 'web-1'));
    await eventOf(cluster, 'web-1', 'Scheduled');
    await untilMetric(urls.extender, 'netaware_extender_measured_links', 5);
    await untilMetric(urls.aggregator, 'netaware_aggregator_bindings_total', 3);
  });

  afterAll(() => cluster?.stop());

  /** Two pings of a link, before which nothing is told of it; how many the aggregator has accepted. */
  async function report(node: string, destination: string, rttMs: number): Promise<number> {
    const measurements = [1000, 0].map((agoMs) => {
      const measuredAt = new Date(Date.now() - agoMs).toISOString();
      return { kind: 'rtt', destination, measuredAt, transmitted: 7, received: 7, rttMicroseconds: rttMs * 1000 };
    });
    const body = JSON.stringify({ node, measurements });
    const answer = await fetch(`${urls.aggregator}/v1/reports`, { method: 'POST', body });
    return ((await answer.json()) as { accepted: number }).accepted;
  }

  async function writeGroup(dependency: string): Promise<void> {
    const workloads = [{ name: 'web', dependencies: [{ name: dependency }] }, { name: 'db' }, { name: 'cache' }];
    await cluster.client.apply(`${resourcePath(APP_GROUP, 'default')}/shop`, 'test', {
      apiVersion: API_VERSION,
      kind: 'AppGroup',
      metadata: { name: 'shop' },
      spec: { workloads },
    });
  }

  async function slices(): Promise<NetworkTopologySlice[]> {
    return ((await cluster.client.get(SLICES)) as { items: NetworkTopologySlice[] }).items;
  }

  async function untilBest(node: string): Promise<void> {
    await until(`the extender finds ${node} best`, DEADLINE_MS, async () => {
      const explained = (await (await fetch(`${urls.extender}/v1/explain?pod=like-web`)).json()) as Explanation;
      const { nodes, neutral } = explained;
      return neutral === undefined && nodes[0]?.node === node ? undefined : JSON.stringify(explained);
    });
  }

  async function untilMetric(url: string, name: string, wanted: number): Promise<void> {
    await until(`${name} is ${wanted}`, DEADLINE_MS, async () => {
      const found = await metricOf(url, name);
      return found === wanted ? undefined : String(found);
    });
  }

  /** What kube-scheduler would ask for a pod of the web. */
  async function ask(verb: 'filter' | 'prioritize'): Promise<unknown> {
    const labels = { [APP_GROUP_LABEL]: 'shop', [WORKLOAD_LABEL]: 'web' };
    // Too young for the plan, which has a place for one pod and would send it there once.
    const creationTimestamp = new Date().toISOString();
    const Pod = { metadata: { name: 'web', namespace: 'default', uid: 'web', labels, creationTimestamp }, spec: {} };
    const body = JSON.stringify({ Pod, NodeNames: NODES });
    const answer = await fetch(`${urls.extender}/scheduler/${verb}`, { method: 'POST', body });
    return { status: answer.status, body: await answer.json() };
  }

  /** What must be the same afterwards. */
  async function standing() {
    const { items: nodes } = (await cluster.client.get('/api/v1/nodes')) as Json;
    const { items: pods } = (await cluster.client.get('/api/v1/namespaces/default/pods')) as Json;
    const { items: events } = (await cluster.client.get('/api/v1/namespaces/default/events')) as Json;
    const untouched = (await slices()).find(({ origin }) => origin === 'c');
    return {
      nodes: nodes.map(({ metadata }: Json) => [metadata.name, metadata.uid]),
      pods: pods.map(({ metadata, spec }: Json) => [metadata.name, metadata.uid, spec.nodeName]),
      events: events.map(({ metadata, count, series }: Json) => [metadata.name, count, series]),
      slices: (await slices()).map(({ metadata }) => metadata.name),
      untouched: untouched?.metadata.resourceVersion,
      bindings: await metricOf(urls.aggregator, 'netaware_aggregator_bindings_total'),
    };
  }

  it(
    'stops neither scores nor reports, and afterwards all goes on from where it was',
    async () => {
      const before = await standing();
      const answers = [await ask('filter'), await ask('prioritize')];
      const acceptedBefore = await metricOf(urls.aggregator, ACCEPTED);

      await cluster.controlPlane.processes['kube-apiserver'].kill('SIGKILL');
      const endsAt = performance.now() + OUTAGE_MS;
      expect(await report('d', 'c', 10)).toBe(2);
      while (performance.now() < endsAt) {
        expect([await ask('filter'), await ask('prioritize')]).toEqual(answers);
        await sleep(ASK_EVERY_MS);
      }
      // Or the kubelet would take away what they know.
      for (const url of Object.values(urls)) {
        for (const path of ['/livez', '/readyz']) expect((await fetch(url + path)).status, url + path).toBe(200);
      }
      // The agents' reports, and the one above.
      expect(await metricOf(urls.aggregator, ACCEPTED)).toBeGreaterThan(acceptedBefore + 1);
      await expect(cluster.client.get('/version')).rejects.toThrow('ECONNREFUSED');

      await cluster.start('kube-apiserver', cluster.controlPlane.commands['kube-apiserver']);
      await untilApiServerIsReady(cluster.client);
      await untilDefinitionsAreServed(cluster.client);
      await until('what was reported meanwhile is published', DEADLINE_MS, async () => {
        const links = (await slices()).find(({ origin }) => origin === 'd')?.links ?? [];
        const published = links.map(({ destination }) => destination);
        return published.join() === 'a,c' ? undefined : published.join();
      });
      await untilMetric(urls.extender, 'netaware_extender_measured_links', 6);
      expect(await standing()).toEqual(before);
      for (const address of Object.values(AGENTS)) {
        const metrics = await (await fetch(`http://${address}:9464/metrics`)).text();
        expect(metrics).not.toMatch(/^netaware_agent_measurements_dropped_total\{/m);
      }
    },
    TEST_DEADLINE_MS,
  );

  it('leaves a scheduler that, started again, places by an AppGroup that was changed afterwards', async () => {
    // It ended when it could not renew its lease; the kubelet starts it again.
    await scheduler.kill();
    await installation.startScheduler();
    await writeGroup('cache');
    await untilBest('c');
    await createPod(cluster, 'web-2', { group: 'shop', workload: 'web' });
    expect(await boundTo(cluster, 'web-2')).toBe('c');
    await eventOf(cluster, 'web-2', 'Scheduled');
    for (const pod of ['web-1', 'web-2']) expect(await eventsOf(cluster, pod, 'Scheduled')).toHaveLength(1);
  });
});

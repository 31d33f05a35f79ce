import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AggregatorConfig, loadConfig } from '#aggregator/config.ts';
import { startAggregator } from '#aggregator/main.ts';
import { type ProbePlan, probePlan } from '#core/api/agent.ts';
import { appGroup } from '#core/api/app-group.ts';
import { APP_GROUP, NETWORK_TOPOLOGY, NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import { pod } from '#core/api/kubernetes.ts';
import { ORDERED_GATE, PROBE_ADDRESS_ANNOTATION } from '#core/api/names.ts';
import { type NetworkTopology, networkTopology } from '#core/api/network-topology.ts';
import { type NetworkTopologySlice, networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { planView } from '#core/api/plan-view.ts';
import { topologyView } from '#core/api/topology-view.ts';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeGroup, makePod } from '#test/builders.ts';

const logger = createLogger('test', 'silent');
const WAIT = { timeout: 10_000, interval: 20 };
const SLICES = resourcePath(NETWORK_TOPOLOGY_SLICE);
const ENDPOINT_SLICES = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
const TOPOLOGY = `${resourcePath(NETWORK_TOPOLOGY)}/default`;

let api: ApiServer;
let link: Link;
let folder: string;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  stops = [];
  folder = mkdtempSync(join(tmpdir(), 'aggregator-test-'));
  api = await startApiServer({ host: '127.0.0.1', port: 0, logger });
  link = await openLink(api.port);
});

afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await link.cut();
  await api.close();
  rmSync(folder, { recursive: true });
});

describe('the aggregator', () => {
  it('is ready once it has read the cluster, and creates the NetworkTopology that is missing', async () => {
    const aggregator = await start();
    expect((await fetch(`${aggregator.url}/livez`)).status).toBe(200);
    await ready(aggregator);
    await vi.waitFor(async () => expect((await readTopology()).spec.probe.intervalSeconds).toBe(15), WAIT);
  });

  it('creates a NetworkTopology anew that was deleted, and removes the gates of pods meanwhile', async () => {
    const path = '/api/v1/namespaces/default/pods';
    await create(resourcePath(APP_GROUP, 'default'), makeGroup('shop', { web: {} }));
    await ready(await start());
    const { metadata } = await vi.waitFor(readTopology, WAIT);
    await fetch(`${api.url}${TOPOLOGY}`, { method: 'DELETE' });
    const spec = { schedulingGates: [{ name: ORDERED_GATE }], containers: [{ name: 'main', image: 'x' }] };
    const { metadata: labelled } = makePod('web-0', { group: 'shop', workload: 'web' });
    await create(path, { apiVersion: 'v1', kind: 'Pod', metadata: labelled, spec });
    await vi.waitFor(async () => {
      expect(pod.parse(await readJson(`${path}/web-0`)).spec.schedulingGates ?? []).toEqual([]);
      expect((await readTopology()).metadata.uid).not.toBe(metadata.uid);
    }, WAIT);
  });

  it('is not ready while there is no API server', async () => {
    await link.cut();
    const aggregator = await start();
    const answer = await fetch(`${aggregator.url}/readyz`);
    expect([answer.status, await answer.text()]).toEqual([503, 'waiting for the list of nodes, topologies, slices']);
    expect((await get(aggregator, '/v1/probe-plan?node=a')).status).toBe(503);
    await link.restore();
    await ready(aggregator);
  });

  it('plans probes of Ready nodes, at the address in the annotation where there is one', async () => {
    await createNode('a', { annotation: '192.168.7.1' });
    await createNode('b');
    await createNode('c', { ready: 'False' });
    const aggregator = await ready(await start());
    expect((await plan(aggregator, 'b')).peers).toEqual([{ node: 'a', address: '192.168.7.1' }]);
    const unknown = await get(aggregator, '/v1/probe-plan?node=x');
    expect(unknown).toEqual({ status: 404, body: { error: 'query: node: there is no node x in the cluster' } });
  });

  it("plans probes at the endpoints of the agents' Service, and anew when an agent comes up elsewhere", async () => {
    await createNode('a', { annotation: '192.168.7.1' });
    await createNode('b');
    await createEndpoints('agents-1', 'agents', { a: '10.1.0.1' });
    await createEndpoints('others-1', 'others', { b: '10.1.0.9' });
    const aggregator = await ready(await start({ agentService: { namespace: 'default', name: 'agents' } }));
    const first = await plan(aggregator, 'b');
    expect(first.peers).toEqual([]);
    const wait = (after: string) => plan(aggregator, 'b', { after, waitSeconds: 60 });
    const afterFirst = wait(first.revision);
    await createEndpoints('agents-2', 'agents', { b: '10.1.0.2' });
    const second = await afterFirst;
    expect(second.peers).toEqual([{ node: 'a', address: '10.1.0.1' }]);
    const afterSecond = wait(second.revision);
    await patch(`${ENDPOINT_SLICES}/agents-1`, { endpoints: [endpoint('a', '10.1.0.7')] });
    expect((await afterSecond).peers).toEqual([{ node: 'a', address: '10.1.0.7' }]);
  });

  it('writes what is reported to the slice of the origin, and what follows from it to the status', async () => {
    for (const name of ['a', 'b', 'c']) await createNode(name, { zone: `zone-${name}` });
    const aggregator = await ready(await start());
    expect(await report(aggregator, 'a', [...pings('b'), ...pings('c', { rttMicroseconds: 20_000 })])).toEqual({
      status: 200,
      body: { accepted: 4, duplicates: 0 },
    });
    const slice = await vi.waitFor(() => readSlice('a'), WAIT);
    expect(slice).toMatchObject({ origin: 'a', zone: 'zone-a' });
    expect(slice.links).toMatchObject([
      { destination: 'b', rttMicroseconds: 10_000 },
      { destination: 'c', rttMicroseconds: 20_000 },
    ]);
    const uid = (await readJson('/api/v1/nodes/a')).metadata.uid;
    expect(slice.metadata.ownerReferences).toEqual([{ apiVersion: 'v1', kind: 'Node', name: 'a', uid }]);

    await vi.waitFor(async () => expect((await readTopology()).status?.measuredLinks).toBe(2), WAIT);
    expect((await readTopology()).status).toMatchObject({ nodes: 3, coveragePercent: 33 });
    expect(await measuredCondition()).toMatchObject({ status: 'False' });
    await report(aggregator, 'b', [...pings('a'), ...pings('c')]);
    await report(aggregator, 'c', [...pings('a'), ...pings('b')]);
    await vi.waitFor(async () => expect(await measuredCondition()).toMatchObject({ status: 'True' }), WAIT);
  });

  it('serves what it knows of every link, one link and the zones', async () => {
    for (const name of ['a', 'b']) await createNode(name, { zone: `zone-${name}` });
    const aggregator = await ready(await start());
    await report(aggregator, 'a', pings('b'));
    await vi.waitFor(async () => {
      const view = topologyView.parse((await get(aggregator, '/v1/topology')).body);
      expect(view.links.map(({ source }) => source)).toEqual(['measured', 'labels']);
    }, WAIT);
    const one = (await get(aggregator, '/v1/links?origin=a&destination=b')).body;
    expect(one).toMatchObject({ links: [{ origin: 'a', destination: 'b', rttMs: 10 }] });
    const zones = (await get(aggregator, '/v1/zones')).body;
    expect(zones).toMatchObject({ zones: [{ origin: 'zone-a', destination: 'zone-b', rttMs: 10, links: 1 }] });
    const planned = planView.parse((await get(aggregator, '/v1/plan?node=a')).body);
    expect(planned.probes).toMatchObject({ everyPair: true, plannedLinks: 2, measuredLinks: 1 });
    expect(planned.plans).toMatchObject([{ node: 'a', peers: ['b'], probedBy: ['b'] }]);
    expect((await get(aggregator, '/v1/plan?node=x')).status).toBe(404);
    expect((await get(aggregator, '/v1/links')).status).toBe(400);
    expect((await get(aggregator, '/v1/links?origin=x')).status).toBe(404);
    const metrics = await (await fetch(`${aggregator.url}/metrics`)).text();
    expect(metrics).toContain('netaware_aggregator_link_rtt_seconds{origin="a",destination="b"} 0.01');
  });

  it('refuses bad reports with one line that names the field, and takes nothing of them', async () => {
    for (const name of ['a', 'b']) await createNode(name);
    const aggregator = await ready(await start());
    const bodies: [string, number, RegExp][] = [
      ['not json', 400, /^body: .*not valid JSON$/],
      [JSON.stringify({ node: 'x', measurements: [ping('b')] }), 404, /node: there is no node x/],
      [JSON.stringify({ node: 'a', measurements: [] }), 400, /measurements: a report without any measurement/],
      ['{"node":"a","measurements":[', 400, /^body: .*JSON/],
      [' '.repeat(1_048_577), 413, /^body: more than 1048576 bytes$/],
    ];
    for (const [body, status, message] of bodies) {
      const answer = await post(aggregator, body);
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual({ error: expect.stringMatching(message) });
    }
    expect(await report(aggregator, 'a', [ping('b')])).toMatchObject({ body: { accepted: 1, duplicates: 0 } });
    const metrics = await (await fetch(`${aggregator.url}/metrics`)).text();
    for (const [reason, count] of [
      ['notJson', 2],
      ['tooLarge', 1],
      ['malformed', 1],
      ['unknownNode', 1],
    ]) {
      expect(metrics).toContain(`netaware_aggregator_reports_refused_total{reason="${reason}"} ${count}`);
    }
  });

  it('takes the plausible part of a report, and tells and counts why not the rest', async () => {
    for (const name of ['a', 'b', 'c']) await createNode(name);
    const aggregator = await ready(await start());
    const absurd = ping('b', { rttMicroseconds: 10_000_000 });
    const answer = await report(aggregator, 'a', [ping('b'), absurd, ping('c'), ping('c', { received: 9 })]);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        accepted: 2,
        duplicates: 0,
        rejected: [
          { index: 1, reason: 'absurd: rttMicroseconds: more than 5000000, found 10000000' },
          { index: 3, reason: 'malformed: received: more received than transmitted' },
        ],
      },
    });
    const metrics = await (await fetch(`${aggregator.url}/metrics`)).text();
    for (const reason of ['absurd', 'malformed']) {
      expect(metrics).toContain(`netaware_aggregator_measurements_rejected_total{reason="${reason}"} 1`);
    }
  });

  it('takes a thousand reports at once, and each only once', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `n${index}`);
    for (const name of names) await createNode(name);
    const aggregator = await ready(await start());
    const start0 = Date.now() - 60_000;
    const reports = Array.from({ length: 1000 }, (_, index) => {
      const [origin, round] = [names[index % 10] as string, Math.floor(index / 10)];
      const measuredAt = new Date(start0 + round * 100).toISOString();
      const others = names.filter((name) => name !== origin);
      return { origin, measurements: others.map((other) => ping(other, { measuredAt })) };
    });
    const sent = await Promise.all(reports.map(({ origin, measurements }) => report(aggregator, origin, measurements)));
    expect(sent.filter(({ status }) => status === 200)).toHaveLength(1000);
    const again = await Promise.all(
      reports.map(({ origin, measurements }) => report(aggregator, origin, measurements)),
    );
    for (const { body } of again) expect(body).toEqual({ accepted: 0, duplicates: 9 });
    await vi.waitFor(async () => {
      const slices = await Promise.all(names.map(readSlice));
      expect(slices.flatMap(({ links }) => links)).toHaveLength(90);
      expect((await readTopology()).status?.coveragePercent).toBe(100);
    }, WAIT);
  });

  it('goes on after a restart with the links that it had published', async () => {
    for (const name of ['a', 'b', 'c']) await createNode(name);
    const first = await ready(await start());
    const measurements = [...pings('b'), ...pings('c')];
    await report(first, 'a', measurements);
    const before = await vi.waitFor(() => readSlice('a'), WAIT);
    await first.stop();

    const second = await ready(await start());
    const view = topologyView.parse((await get(second, '/v1/topology')).body);
    expect(view.links.filter(({ source }) => source === 'measured')).toHaveLength(2);
    expect(await report(second, 'a', measurements)).toMatchObject({ body: { accepted: 0, duplicates: 4 } });
    await report(second, 'b', pings('a'));
    await vi.waitFor(() => readSlice('b'), WAIT);
    expect((await readSlice('a')).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it('takes reports while the API server is away, and writes them when it is back', async () => {
    for (const name of ['a', 'b']) await createNode(name);
    const aggregator = await ready(await start());
    await link.cut();
    expect(await report(aggregator, 'a', pings('b'))).toMatchObject({ status: 200 });
    expect((await plan(aggregator, 'a')).peers).toHaveLength(1);
    expect((await fetch(`${aggregator.url}/readyz`)).status).toBe(200);
    await vi.waitFor(async () => {
      const metrics = await (await fetch(`${aggregator.url}/metrics`)).text();
      expect(metrics).toMatch(/api_writes_total\{verb="apply",outcome="failure"\} [1-9]/);
    }, WAIT);
    await link.restore();
    const slice = await vi.waitFor(() => readSlice('a'), WAIT);
    expect(slice.links).toHaveLength(1);
  });

  it('drops links to a removed node and deletes its slice, and writes a deleted slice again', async () => {
    for (const name of ['a', 'b', 'c']) await createNode(name);
    const aggregator = await ready(await start());
    for (const name of ['a', 'b', 'c'])
      await report(
        aggregator,
        name,
        others(name).flatMap((other) => pings(other)),
      );
    await vi.waitFor(() => Promise.all(['a', 'b', 'c'].map(readSlice)), WAIT);
    await fetch(`${api.url}/api/v1/nodes/c`, { method: 'DELETE' });
    await vi.waitFor(async () => {
      expect((await fetch(`${api.url}${SLICES}/c`)).status).toBe(404);
      expect((await readSlice('a')).links.map(({ destination }) => destination)).toEqual(['b']);
    }, WAIT);
    await fetch(`${api.url}${SLICES}/a`, { method: 'DELETE' });
    await vi.waitFor(async () => expect((await readSlice('a')).links).toHaveLength(1), WAIT);
  });

  it('obeys the NetworkTopology as it changes', async () => {
    for (const name of ['a', 'b', 'c']) await createNode(name);
    const aggregator = await ready(await start());
    const before = await plan(aggregator, 'a');
    await vi.waitFor(readTopology, WAIT);
    const waiting = plan(aggregator, 'a', { after: before.revision, waitSeconds: 30 });
    await patchTopology({ probe: { packets: 3 } });
    expect(await waiting).toMatchObject({ probe: { packets: 3 }, peers: [{}, {}] });
  });

  it('leases a bandwidth test to both ends at once, and the next one when it ends', async () => {
    for (const name of ['a', 'b']) await createNode(name);
    const aggregator = await ready(await start());
    await vi.waitFor(readTopology, WAIT);
    const { revision: idleA } = await plan(aggregator, 'a');
    const { revision: idleB } = await plan(aggregator, 'b');
    const woken = Promise.all([
      plan(aggregator, 'a', { after: idleA, waitSeconds: 30 }),
      plan(aggregator, 'b', { after: idleB, waitSeconds: 30 }),
    ]);
    await vi.waitFor(async () => expect(await gauge(aggregator, 'plan_waiters')).toBe(2), WAIT);
    await report(aggregator, 'a', [ping('b')]);
    await report(aggregator, 'b', [ping('a')]);
    const plans = await woken;
    const { client, server } = byRole(plans);
    expect(client.lease).toMatchObject({ id: server.lease?.id, peer: server.node, address: '10.0.0.1' });

    const next = Promise.all(
      plans.map(({ node, revision }) => plan(aggregator, node, { after: revision, waitSeconds: 30 })),
    );
    await vi.waitFor(async () => expect(await gauge(aggregator, 'plan_waiters')).toBe(2), WAIT);
    const result = {
      ...{ kind: 'bandwidth', destination: server.node, measuredAt: new Date().toISOString() },
      ...{ leaseId: client.lease?.id, bandwidthBitsPerSecond: 100_000_000 },
    };
    const endedAt = performance.now();
    await report(aggregator, client.node, [result]);
    const swapped = byRole(await next);
    expect(performance.now() - endedAt).toBeLessThan(1000);
    expect([swapped.client.node, swapped.server.node]).toEqual([server.node, client.node]);
    await vi.waitFor(async () => {
      expect((await readSlice(client.node)).links).toMatchObject([{ bandwidthBitsPerSecond: 100_000_000 }]);
    }, WAIT);
  });

  it.each([
    { auditBindings: true, bindings: 1 },
    { auditBindings: false, bindings: 0 },
  ])('looks at bindings only where that is wanted: %j', async ({ auditBindings, bindings }) => {
    const group = `${resourcePath(APP_GROUP, 'default')}/shop`;
    await create(resourcePath(APP_GROUP, 'default'), makeGroup('shop', { web: {} }));
    const { metadata } = makePod('web', { group: 'shop', workload: 'web' });
    const spec = { schedulerName: 'netaware-scheduler', containers: [{ name: 'main', image: 'x' }] };
    await create('/api/v1/namespaces/default/pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec });
    const aggregator = await ready(await start({ auditBindings }));
    const placed = async () => appGroup.parse(await readJson(group)).status?.workloads?.[0]?.nodes;
    await vi.waitFor(async () => expect(await placed()).toEqual([]), WAIT);
    await create('/api/v1/namespaces/default/pods/web/binding', {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'web' },
      target: { kind: 'Node', name: 'n1' },
    });
    // Then the aggregator has seen it.
    await vi.waitFor(async () => expect(await placed()).toEqual(['n1']), WAIT);
    expect(await gauge(aggregator, 'bindings_total')).toBe(bindings);
  });

  it('forgets long polls whose client is gone, and answers the others when it stops', async () => {
    for (const name of ['a', 'b']) await createNode(name);
    const aggregator = await ready(await start());
    const { revision } = await plan(aggregator, 'a');
    const aborter = new AbortController();
    const path = `${aggregator.url}/v1/probe-plan?node=a&after=${revision}&waitSeconds=60`;
    const gone = fetch(path, { signal: aborter.signal }).catch(() => 'gone');
    const stays = plan(aggregator, 'a', { after: revision, waitSeconds: 60 });
    await vi.waitFor(async () => expect(await gauge(aggregator, 'plan_waiters')).toBe(2), WAIT);
    aborter.abort();
    await vi.waitFor(async () => expect(await gauge(aggregator, 'plan_waiters')).toBe(1), WAIT);
    expect(await gone).toBe('gone');
    await aggregator.stop();
    expect((await stays).revision).toBe(revision);
  });
});

interface Aggregator {
  url: string;
  stop(): Promise<void>;
}

async function start(options: Partial<AggregatorConfig> = {}): Promise<Aggregator> {
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigFor(link.port)));
  const config = loadConfig({ host: '127.0.0.1', port: 0, kubeconfig, logLevel: 'silent', writeIntervalMs: 100 }, {});
  const service = await startAggregator({ ...config, ...options }, logger);
  stops.push(() => service.stop());
  return { url: `http://127.0.0.1:${service.port}`, stop: () => service.stop() };
}

function kubeconfigFor(port: number): object {
  const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    users: [{ name: 'test', user: {} }],
    'current-context': 'test',
  };
}

/** Also waits until the nodes that were created before are known. */
async function ready(aggregator: Aggregator): Promise<Aggregator> {
  await vi.waitFor(async () => expect((await fetch(`${aggregator.url}/readyz`)).status).toBe(200), WAIT);
  return aggregator;
}

async function createNode(name: string, options: { zone?: string; annotation?: string; ready?: string } = {}) {
  const { zone, annotation, ready: status = 'True' } = options;
  await create('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone },
      annotations: annotation === undefined ? {} : { [PROBE_ADDRESS_ANNOTATION]: annotation },
    },
    status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }], conditions: [{ type: 'Ready', status }] },
  });
}

async function createEndpoints(name: string, service: string, addresses: Record<string, string>): Promise<void> {
  await create(ENDPOINT_SLICES, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: Object.entries(addresses).map(([node, address]) => endpoint(node, address)),
  });
}

function endpoint(nodeName: string, address: string): object {
  return { nodeName, addresses: [address], conditions: { ready: true } };
}

async function create(path: string, object: object): Promise<void> {
  const response = await fetch(`${api.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(object),
  });
  expect(response.status).toBe(201);
}

function others(name: string): string[] {
  return ['a', 'b', 'c'].filter((other) => other !== name);
}

function ping(destination: string, fields: object = {}): object {
  const measuredAt = new Date().toISOString();
  return { kind: 'rtt', destination, measuredAt, transmitted: 7, received: 7, rttMicroseconds: 10_000, ...fields };
}

/** Two pings: nothing is told of a link before a second confirms the first. */
function pings(destination: string, fields: object = {}): object[] {
  const measuredAt = new Date(Date.now() - 1000).toISOString();
  return [ping(destination, { ...fields, measuredAt }), ping(destination, fields)];
}

function report(aggregator: Aggregator, node: string, measurements: object[]) {
  return post(aggregator, JSON.stringify({ node, measurements }));
}

async function post(aggregator: Aggregator, body: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${aggregator.url}/v1/reports`, { method: 'POST', body });
  return { status: response.status, body: await response.json() };
}

async function get(aggregator: Aggregator, path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${aggregator.url}${path}`);
  return { status: response.status, body: await response.json() };
}

async function plan(
  aggregator: Aggregator,
  node: string,
  wait?: { after: string; waitSeconds: number },
): Promise<ProbePlan> {
  const query = wait === undefined ? '' : `&after=${wait.after}&waitSeconds=${wait.waitSeconds}`;
  return probePlan.parse((await get(aggregator, `/v1/probe-plan?node=${node}${query}`)).body);
}

function byRole(plans: ProbePlan[]): { client: ProbePlan; server: ProbePlan } {
  const client = plans.find(({ lease }) => lease?.role === 'client');
  const server = plans.find(({ lease }) => lease?.role === 'server');
  if (client === undefined || server === undefined) throw new Error(`no lease in ${JSON.stringify(plans)}`);
  return { client, server };
}

async function gauge(aggregator: Aggregator, name: string): Promise<number> {
  const metrics = await (await fetch(`${aggregator.url}/metrics`)).text();
  return Number(new RegExp(`^netaware_aggregator_${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
}

async function readJson(path: string) {
  const response = await fetch(`${api.url}${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as { metadata: { uid: string } };
}

async function readSlice(name: string): Promise<NetworkTopologySlice> {
  return networkTopologySlice.parse(await readJson(`${SLICES}/${name}`));
}

async function readTopology(): Promise<NetworkTopology> {
  return networkTopology.parse(await readJson(TOPOLOGY));
}

async function patchTopology(spec: object): Promise<void> {
  await patch(TOPOLOGY, { spec });
}

async function patch(path: string, body: object): Promise<void> {
  const response = await fetch(`${api.url}${path}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
}

/** The whole condition, so that a failure tells how many links are missing. */
async function measuredCondition(): Promise<object | undefined> {
  const { status } = await readTopology();
  return status?.conditions?.find(({ type }) => type === 'Measured');
}

/** A TCP connection to the API server that can be cut and restored, while the API server goes on. */
interface Link {
  port: number;
  cut(): Promise<void>;
  restore(): Promise<void>;
}

async function openLink(target: number): Promise<Link> {
  const sockets = new Set<Socket>();
  const relay = (near: Socket) => {
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  };
  let server: Server | undefined;
  let port = 0;
  const open = () =>
    new Promise<void>((resolve) => {
      const listening = createServer(relay);
      server = listening;
      listening.listen(port, '127.0.0.1', () => {
        port = (listening.address() as { port: number }).port;
        resolve();
      });
    });
  await open();
  return {
    get port() {
      return port;
    },
    restore: open,
    cut: () =>
      new Promise((resolve) => {
        if (!server?.listening) return resolve();
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

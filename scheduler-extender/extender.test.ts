import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { makeGroup, makeNode, makePod, makeSlice, makeTopology } from '#test/builders.ts';
import { loadConfig } from './config.ts';
import { startExtender } from './main.ts';
import { readState } from './state-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
const stateFile = join(folder, 'state.yaml');
const limited = [{ name: 'db', weight: 1, maxLatencyMicroseconds: 20_000 }];
const web = makePod('web-1', { group: 'shop', workload: 'web' });
const objects = [
  makeNode('n1', { zone: 'a' }),
  makeNode('n2', { zone: 'a' }),
  makeNode('far', { zone: 'b' }),
  makeTopology(),
  makeSlice('n1', { n2: { rttMicroseconds: 500 }, far: { rttMicroseconds: 40_000 } }),
  makeSlice('n2', { n1: { rttMicroseconds: 500 }, far: { rttMicroseconds: 40_000 } }),
  makeSlice('far', { n1: { rttMicroseconds: 40_000 }, n2: { rttMicroseconds: 40_000 } }),
  makeGroup('shop', { web: limited, db: {} }),
  makePod('db-1', { group: 'shop', workload: 'db', node: 'n1' }),
  web,
];
let url: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  writeFileSync(stateFile, objects.map((object) => stringify(object)).join('---\n'));
  const config = loadConfig({ host: '127.0.0.1', port: '0', state: [stateFile] }, {});
  const extender = await startExtender(config, pino({ level: 'silent' }));
  url = `http://127.0.0.1:${extender.port}`;
  stop = extender.stop;
});
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

async function post(path: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  return { status: response.status, body: await response.json() };
}

async function metric(name: string): Promise<string | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split('\n').find((line) => line.startsWith(name));
}

describe('prioritize', () => {
  it('answers a bare array of whole scores, best where the dependency is', async () => {
    const { status, body } = await post('/scheduler/prioritize', { Pod: web, NodeNames: ['far', 'n2', 'n1'] });
    const scores = body as { Host: string; Score: number }[];
    expect(status).toBe(200);
    expect(scores.map(({ Host }) => Host)).toEqual(['far', 'n2', 'n1']);
    expect(scores.every(({ Score }) => Number.isInteger(Score))).toBe(true);
    expect(scores.toSorted((a, b) => b.Score - a.Score).map(({ Host }) => Host)).toEqual(['n1', 'n2', 'far']);
  });

  it.each([
    ['a pod of no group', makePod('plain'), ['n1', 'far'], 'noGroup'],
    ['a pod of an unknown group', makePod('p', { group: 'x', workload: 'y' }), ['n1', 'far'], 'unknownGroup'],
    ['nodes it has never heard of', web, ['x1', 'x2'], 'unknownNodes'],
    ['zero candidates', web, [], 'unknownNodes'],
  ])('gives %s the same score everywhere, and counts it', async (_name, Pod, NodeNames, reason) => {
    const { status, body } = await post('/scheduler/prioritize', { Pod, NodeNames });
    expect(status).toBe(200);
    expect(new Set((body as { Score: number }[]).map(({ Score }) => Score)).size).toBeLessThanOrEqual(1);
    expect(await metric(`netaware_extender_neutral_total{reason="${reason}"}`)).toMatch(/ [1-9]/);
  });
});

describe('filter', () => {
  it('names the rejected nodes as unresolvable, so that the scheduler does not preempt pods for them', async () => {
    const { body } = await post('/scheduler/filter', { Pod: web, Nodes: null, NodeNames: ['n1', 'n2', 'far'] });
    expect(body).toEqual({
      Nodes: null,
      NodeNames: ['n1', 'n2'],
      FailedNodes: {},
      FailedAndUnresolvableNodes: { far: 'network limit broken: latency to db' },
      Error: '',
    });
  });

  it.each([
    ['a pod as Go writes one without containers', { ...web, spec: { containers: null } }, ['n1']],
    ['fields that kubectl leaves null', { ...web, metadata: { ...web.metadata, annotations: null } }, ['n1']],
    ['a node that it does not know', web, ['unheard-of']],
    ['no candidates', web, []],
  ])('lets everything pass for %s', async (_name, Pod, NodeNames) => {
    expect(await post('/scheduler/filter', { Pod, Nodes: null, NodeNames })).toEqual({
      status: 200,
      body: { Nodes: null, NodeNames, FailedNodes: {}, FailedAndUnresolvableNodes: {}, Error: '' },
    });
  });

  it('answers with an empty list where the scheduler sent one', async () => {
    const { status, body } = await post('/scheduler/filter', { Pod: web, Nodes: { items: null } });
    expect([status, body]).toMatchObject([200, { NodeNames: null, Nodes: { items: [] } }]);
  });

  it('answers with whole nodes where the scheduler sent whole nodes', async () => {
    const items = objects.slice(0, 3);
    const { body } = await post('/scheduler/filter', { Pod: web, Nodes: { items }, NodeNames: null });
    expect(body).toMatchObject({ NodeNames: null, Nodes: { items: items.slice(0, 2) } });
  });
});

describe('what is not a request', () => {
  it.each([
    ['/scheduler/prioritize', '{"Pod":', 400, /^body: /],
    ['/scheduler/prioritize', '[]', 400, /prioritize request: \(the whole\): .*wanted|Pod: missing|expected object/],
    ['/scheduler/filter', { NodeNames: ['n1'] }, 400, /filter request: Pod: missing, wanted object/],
    ['/scheduler/filter', { Pod: web }, 400, /wanted NodeNames or Nodes/],
    ['/scheduler/filter', { Pod: web, NodeNames: [7] }, 400, /NodeNames\[0\]: .*expected string.*found 7/],
    ['/scheduler/nothing', {}, 404, /no such path: POST \/scheduler\/nothing/],
  ])('%s with %j is refused with a line', async (path, body, status, message) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect((answer.body as { error: string }).error).toMatch(message);
  });

  it('a body beyond the limit is refused loudly', async () => {
    const { status, body } = await post('/scheduler/filter', `"${'x'.repeat(65 * 1024 * 1024)}"`);
    expect(status).toBe(413);
    expect((body as { error: string }).error).toContain('too large');
  });
});

describe('explain', () => {
  it('tells why, best node first', async () => {
    const response = await fetch(`${url}/v1/explain?namespace=default&pod=db-1`);
    expect(await response.json()).toMatchObject({ pod: 'default/db-1', boundTo: 'n1', neutral: 'noPlacedPeers' });
  });

  it('names the best node, the runner-up and the largest terms', async () => {
    const best = await (await fetch(`${url}/v1/explain?pod=web-1`)).json();
    const largestTerms = [{ peer: 'db', peerNode: 'n1', source: 'local' }];
    expect(best).toMatchObject({ chosen: { node: 'n1', largestTerms }, runnerUp: { node: 'n2' } });
  });

  it('says that there is no such pod, or that the query names none', async () => {
    expect((await fetch(`${url}/v1/explain?pod=nobody`)).status).toBe(404);
    const response = await fetch(`${url}/v1/explain`);
    expect([response.status, await response.json()]).toEqual([400, { error: 'query: pod: missing, wanted string' }]);
  });
});

it('health and metrics are served', async () => {
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await metric('netaware_extender_measured_links')).toBe('netaware_extender_measured_links 6');
});

describe('state files', () => {
  const bad = join(folder, 'bad.yaml');
  it.each([
    [
      'a field of the wrong type',
      { ...makeTopology(), spec: { probe: { packets: 'many' } } },
      /bad\.yaml: NetworkTopology default: spec\.probe\.packets: .*expected number.*found "many"/,
    ],
    [
      'weights that do not sum to 100',
      { ...makeTopology(), spec: { weights: { latency: 90 } } },
      /spec\.weights: latency, bandwidth and loss must sum to 100/,
    ],
    [
      'a dependency on nobody',
      { ...makeGroup('g', { web: {} }), spec: { workloads: [{ name: 'web', dependencies: [{ name: 'ghost' }] }] } },
      /bad\.yaml: AppGroup g: spec\.workloads: "web" depends on workloads that the group does not have: \["ghost"\]$/,
    ],
    [
      'a misspelt field',
      { ...makeGroup('g', { web: {} }), spec: { workloads: [{ name: 'web', dependencys: [] }] } },
      /bad\.yaml: AppGroup g: spec\.workloads\[0\]\.dependencys: no such field/,
    ],
    ['an object without a kind', { apiVersion: 'v1' }, /bad\.yaml: object 1: kind: missing, wanted string/],
  ])('with %s are refused by one line that says where', (_name, object, message) => {
    writeFileSync(bad, stringify(object));
    expect(() => readState([bad], {})).toThrow(message);
  });

  it('that are not YAML or not there are refused', () => {
    writeFileSync(bad, 'a: [1,\nb: }');
    expect(() => readState([bad], {})).toThrow(/bad\.yaml: .*line 2/);
    expect(() => readState([join(folder, 'none.yaml')], {})).toThrow(/none\.yaml: cannot be read \(ENOENT\)/);
  });

  it('may hold lists, as kubectl get writes them, in JSON too, and kinds that do not matter', () => {
    writeFileSync(
      bad,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [makeNode('n1'), { apiVersion: 'v1', kind: 'Service', metadata: {} }],
      }),
    );
    expect(readState([bad], {}).nodes.map(({ metadata }) => metadata.name)).toEqual(['n1']);
  });

  it('may hold lists as the API server itself answers, whose items do not say their kind', () => {
    const { apiVersion: _v, kind: _k, ...item } = makeNode('n1');
    writeFileSync(bad, JSON.stringify({ apiVersion: 'v1', kind: 'NodeList', items: [item] }));
    expect(readState([bad], {}).nodes).toEqual([makeNode('n1')]);
  });

  it('may hold several JSON documents, and YAML that begins like JSON', () => {
    writeFileSync(bad, `${JSON.stringify(makeNode('n1'))}\n---\n{apiVersion: v1, kind: Node, metadata: {name: n2}}`);
    expect(readState([bad], {}).nodes.map(({ metadata }) => metadata.name)).toEqual(['n1', 'n2']);
  });

  it('may leave fields null, as for Kubernetes that is the same as to leave them out', () => {
    writeFileSync(
      bad,
      `apiVersion: netaware.io/v1alpha1
kind: AppGroup
metadata: {name: g, labels: , creationTimestamp: null}
spec: {workloads: [{name: db, dependencies: }]}
status:`,
    );
    expect(readState([bad], {}).appGroups[0]?.spec.workloads).toEqual([{ name: 'db', dependencies: [] }]);
  });

  it('may hold an object twice: the last one counts', () => {
    const moved = makePod('db-1', { group: 'shop', workload: 'db', node: 'n2' });
    writeFileSync(bad, [moved, makePod('db-1', { namespace: 'other' })].map((pod) => stringify(pod)).join('---\n'));
    const pods = readState([stateFile, bad], {}).pods.filter(({ metadata }) => metadata.name === 'db-1');
    expect(pods.map(({ metadata, spec }) => [metadata.namespace, spec.nodeName])).toEqual([
      ['default', 'n2'],
      ['other', undefined],
    ]);
  });

  it('may be empty', () => {
    writeFileSync(bad, '');
    expect(readState([bad], {})).toEqual({ nodes: [], pods: [], appGroups: [], topology: undefined, slices: [] });
  });
});

describe('settings', () => {
  it.each([
    [{ port: 'http' }, {}, /extender settings: port: .*found "http"/],
    [{ strategy: 'best' }, {}, /extender settings: strategy: .*found "best"/],
    [{ state: ['x'], kubeconfig: 'y' }, {}, /either --state or --kubeconfig/],
    [{ tlsPrivateKeyFile: 'x' }, {}, /give both --tls-cert-file and --tls-private-key-file, or neither/],
    [{ clientCaFile: 'x' }, {}, /clientCaFile: clients show certificates over TLS only/],
    [{ clientName: 'x' }, {}, /clientName: .*give --client-ca-file too/],
    [{}, { NETAWARE_PORT: 'tcp://10.0.0.7:80' }, /port: .*enableServiceLinks/],
  ])('%j are refused by one line', (flags, env, message) => {
    expect(() => loadConfig(flags, env)).toThrow(message);
  });

  it("knows which of scheduler-plugins' costs are meant", () => {
    expect(loadConfig({}, {})).toMatchObject({ weightsName: 'UserDefined' });
    const env = { NETAWARE_NETWORK_TOPOLOGY: 'default/nt', NETAWARE_WEIGHTS_NAME: 'Mine' };
    const want = { networkTopology: 'default/nt', weightsName: 'Other' };
    expect(loadConfig({ weightsName: 'Other' }, env)).toMatchObject(want);
  });

  it('from flags win over the environment', () => {
    const env = { NETAWARE_PORT: '1', NETAWARE_STRATEGY: 'minmax', NETAWARE_DEPENDENCIES_ONLY: 'true' };
    expect(loadConfig({ port: '2', host: undefined }, env)).toMatchObject({
      port: 2,
      strategy: 'minmax',
      dependenciesOnly: true,
      host: '0.0.0.0',
    });
  });
});

it('leaves nothing running where its port is taken', async () => {
  const port = new URL(url).port;
  const config = loadConfig({ host: '127.0.0.1', port, state: [stateFile], aggregatorUrl: 'http://127.0.0.1:9' }, {});
  const set = vi.spyOn(globalThis, 'setInterval');
  const cleared = vi.spyOn(globalThis, 'clearInterval');
  await expect(startExtender(config, pino({ level: 'silent' }))).rejects.toThrow(/cannot listen/);
  // How often the aggregator is asked.
  const timers = set.mock.results.filter((_, call) => set.mock.calls[call]?.[1] === 2000);
  expect(timers).toHaveLength(1);
  expect(cleared.mock.calls.map(([timer]) => timer)).toContain(timers[0]?.value);
  vi.restoreAllMocks();
});

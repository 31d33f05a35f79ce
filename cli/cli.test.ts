import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { NodeScore } from '#core/scoring/score.ts';
import { makeGroup, makePod, makeSlice } from '#test/builders.ts';
import { APP_GROUP, makeTheirPod, NODES, PLACED, TOPOLOGY, WANT } from '#test/diktyo/two-regions.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const netaware = join(root, 'netaware');
const shop = join(root, 'test/fixtures/state/shop.yaml');
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(args: string[], options: { command?: string; env?: Record<string, string> } = {}) {
  const { command = netaware, env = {} } = options;
  const { exitCode, stdout, stderr } = await execa(command, args, { cwd: folder, env, reject: false });
  return { exitCode, stdout, stderr };
}

function fileOf(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

describe('the command itself', () => {
  it('tells its version, from any folder and through a symbolic link', async () => {
    const link = join(folder, 'linked');
    symlinkSync(netaware, link);
    const want = { exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/), stderr: '' };
    expect(await run(['--version'])).toEqual(want);
    expect(await run(['--version'], { command: link })).toEqual(want);
  });

  it.each([
    [['scor'], /unknown command 'scor'\n\(Did you mean score\?\)/],
    [
      ['score', '-f', shop, '--pod', 'p', '--strateg', 'linear'],
      /unknown option '--strateg'\n\(Did you mean --strategy\?\)/,
    ],
    [['score', '-f', shop, '--pod', 'p', '--strategy', 'best'], /'best' is invalid. Allowed choices are linear, /],
    [['score', '--pod', 'p'], /required option '-f, --filename <path...>' not specified/],
    [['explain'], /missing required argument 'pod'/],
    [['topology', '-o', 'xml'], /'xml' is invalid. Allowed choices are table, json, yaml/],
  ])('%j is refused on stderr with a hint, exit code 1', async (args, message) => {
    expect(await run(args)).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('ends in silence where nobody reads on', async () => {
    const script = '"$0" score -f "$1" --pod store/web-1 -o json | true';
    expect(await run(['-c', script, netaware, shop], { command: 'sh' })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe('score', () => {
  const rows = [
    { node: 'cloud-1', dependencyCost: 0, dependantCost: 0, networkCost: 0, score: 100, source: 'local' },
    { node: 'cloud-2', dependencyCost: 0.5, dependantCost: 0, networkCost: 0.5, score: 90, source: 'measured' },
    {
      node: 'edge-1',
      dependencyCost: 2,
      dependantCost: 0,
      networkCost: 2,
      score: 60,
      source: 'measured',
      rejected: 'network limit broken: latency to db',
    },
  ];

  it('prints a table, best node first', async () => {
    const { exitCode, stdout, stderr } = await run(['score', '-f', shop, '--pod', 'store/web-1']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'NODE     SCORE  NETWORK COST  DEPENDENCY  DEPENDANT  SOURCE    REJECTED',
      'cloud-1    100         0.000       0.000      0.000  local',
      'cloud-2     90         0.500       0.500      0.000  measured',
      'edge-1      60         2.000       2.000      0.000  measured  network limit broken: latency to db',
    ]);
  });

  it.each([
    ['json', (text: string) => JSON.parse(text)],
    ['yaml', (text: string) => parse(text)],
  ])('prints the same as %s', async (format, read) => {
    const { stdout } = await run(['score', '-f', shop, '--pod', 'store/web-1', '-o', format]);
    expect(read(stdout)).toEqual(rows);
  });

  it('scores by the strategy that is named', async () => {
    const { stdout } = await run(['score', '-f', shop, '--pod', 'store/web-1', '--strategy', 'minmax', '-o', 'json']);
    expect(JSON.parse(stdout).map(({ score }: { score: number }) => score)).toEqual([100, 75, 0]);
  });

  it('counts only what the pod calls where asked to', async () => {
    const args = ['score', '-f', shop, '--pod', 'store/db-1', '--dependencies-only'];
    expect(await run(args)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('cloud-1     50'),
      stderr: 'netaware: every node scores the same: none of the workloads that it talks to is placed yet',
    });
  });

  it('takes the later of two objects of one name: a what-if beside the whole state', async () => {
    const moved = fileOf(
      'moved.yaml',
      `apiVersion: v1
kind: Pod
metadata: {name: db-1, namespace: store, labels: {netaware.io/app-group: shop, netaware.io/workload: db}}
spec: {nodeName: edge-1}`,
    );
    const { stdout } = await run(['score', '-f', shop, moved, '--pod', 'store/web-1', '-o', 'json']);
    expect(JSON.parse(stdout)[0]).toMatchObject({ node: 'edge-1', score: 100 });
  });

  it('leaves out what placed pods reserve of a bandwidth', async () => {
    const network = fileOf(
      'network.yaml',
      [
        makeSlice('cloud-2', { 'cloud-1': { rttMicroseconds: 100, bandwidthBitsPerSecond: 15e6 } }),
        ...['db', 'web'].map((workload, index) => {
          const node = `cloud-${index + 1}`;
          return makePod(`${workload}-2`, { group: 'shop', workload, node, namespace: 'store' });
        }),
      ]
        .map((object) => stringify(object))
        .join('---\n'),
    );
    const group = (minBandwidth: string) =>
      fileOf(
        'group.yaml',
        `apiVersion: netaware.io/v1alpha1
kind: AppGroup
metadata: {name: shop, namespace: store}
spec: {workloads: [{name: web, dependencies: [{name: db, minBandwidth: ${minBandwidth}}]}, {name: db}]}`,
      );
    const rejectedWith = async (minBandwidth: string) => {
      const files = [shop, network, group(minBandwidth)];
      const { stdout } = await run(['score', '-f', ...files, '--pod', 'store/web-1', '-o', 'json']);
      return (JSON.parse(stdout) as { rejected?: string }[]).flatMap(({ rejected }) => rejected ?? []);
    };
    expect(await rejectedWith('7M')).toEqual([]);
    expect(await rejectedWith('8M')).toEqual(['network limit broken: bandwidth to db']);
  });

  describe("with scheduler-plugins' resources", () => {
    const objects = [...NODES, ...PLACED, TOPOLOGY, APP_GROUP, makeTheirPod('p', 'web')];
    const stateOf = (...more: object[]) =>
      fileOf('their-state.yaml', [...objects, ...more].map((object) => stringify(object)).join('---\n'));
    const AS_NETWORK_OVERHEAD = ['--pod', 'default/p', '--dependencies-only', '--strategy', 'minmax'];

    it('prints the costs and scores of NetworkOverhead', async () => {
      const { stdout, stderr } = await run(['score', '-f', stateOf(), ...AS_NETWORK_OVERHEAD, '-o', 'json']);
      const got = Object.fromEntries(
        (JSON.parse(stdout) as NodeScore[]).map(({ node, networkCost, score }) => [node, [networkCost, score]]),
      );
      const want = NODES.map(({ metadata }, node) => [metadata.name, [WANT.web?.costs[node], WANT.web?.scores[node]]]);
      expect({ stderr, got }).toEqual({ stderr: '', got: Object.fromEntries(want) });
    });

    it('prints whole costs in a table', async () => {
      const { stdout } = await run(['score', '-f', stateOf(), ...AS_NETWORK_OVERHEAD]);
      expect(stdout.split('\n')[1]).toMatch(/^east-a-1 +100 +25 +25 +0 +static$/);
    });

    it('has shares of costs with any other strategy', async () => {
      const { stdout } = await run(['score', '-f', stateOf(), '--pod', 'default/p', '-o', 'json']);
      const [best] = JSON.parse(stdout) as NodeScore[];
      expect(best).toMatchObject({ node: 'east-a-1', networkCost: expect.closeTo((0 + 0.05) / 2 + 0.03) });
    });

    it.each([
      [['--weights-name', 'Mine'], /: no weights "Mine"; there are UserDefined, Other: choose with --weights-name$/],
      [['--network-topology', 'x'], /their-state.yaml: no NetworkTopology "x"; there are default\/nt-default$/],
    ])('tells where %j is not there', async (args, message) => {
      const { exitCode, stderr } = await run(['score', '-f', stateOf(), ...AS_NETWORK_OVERHEAD, ...args]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(message) });
    });

    it('takes an AppGroup of ours before one of theirs with the same name', async () => {
      const ours = makeGroup('shop', { web: { logs: 1 }, logs: {} });
      const { stdout } = await run(['score', '-f', stateOf(ours), ...AS_NETWORK_OVERHEAD, '-o', 'json']);
      expect(JSON.parse(stdout)[0]).toMatchObject({ node: 'bare', networkCost: 0 });
    });
  });

  it.each([
    [
      'no such pod',
      'kind: List\napiVersion: v1\nitems: []',
      'store/web-1',
      /^netaware: --pod: no pod store\/web-1 in /,
    ],
    ['an empty file', '', 'web-1', /^netaware: --pod: no pod default\/web-1 in /],
    ['a pod that is not namespace/name', '', 'a/b/c', /^netaware: --pod: wanted namespace\/name, found "a\/b\/c"$/],
    ['text', 'hello', 'p', /^netaware: \S+bad\.yaml: object 1: .*expected object.*found "hello"$/],
    ['broken YAML', 'a: [1', 'p', /^netaware: \S+bad\.yaml: .* at line 1, column \d+$/],
    ['broken JSON', '{"kind": "List", ', 'p', /^netaware: \S+bad\.yaml: .* at line 1, column \d+$/],
    ['an alias without an anchor', 'a: *b', 'p', /^netaware: \S+bad\.yaml: Unresolved alias/],
    [
      'a wrong type',
      '{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1","labels":{"a":1}}}',
      'p',
      /^netaware: \S+bad\.yaml: Node n1: metadata\.labels\.a: .*expected string.*found 1$/,
    ],
    [
      'a time that is none',
      'apiVersion: netaware.io/v1alpha1\nkind: NetworkTopologySlice\nmetadata: {name: a}\norigin: a\nlinks: [{destination: b, samples: 1, rttMeasuredAt: today}]',
      'p',
      /^netaware: \S+bad\.yaml: NetworkTopologySlice a: links\[0\]\.rttMeasuredAt: .*found "today"$/,
    ],
    [
      'a kind of ours that does not exist',
      'apiVersion: netaware.io/v1\nkind: AppGroup\nmetadata: {name: a}',
      'p',
      /^netaware: \S+bad\.yaml: object 1: no kind AppGroup in netaware\.io\/v1$/,
    ],
  ])('tells %s in one line, exit code 1', async (_name, content, pod, message) => {
    const answer = await run(['score', '-f', fileOf('bad.yaml', content), '--pod', pod]);
    expect(answer).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
    expect(answer.stderr.split('\n')).toHaveLength(1);
  });
});

describe('what is asked of a service', () => {
  let server: Server;
  let url: string;
  /** Paths as they were asked for. */
  const asked: string[] = [];
  let answer: { status: number; body: string };

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(answer.status).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  const measured = { source: 'measured', confidence: 0.9, cost: 0.1, rttMs: 0.5234, lossPercent: 0, jitterMs: 0.02 };
  const links = [
    { ...measured, origin: 'a', destination: 'b', bandwidthMbps: 981.4, bandwidthAgeSeconds: 7 },
    { ...measured, origin: 'b', destination: 'a', source: 'zone', bandwidthMbps: 98.76 },
    { origin: 'a', destination: 'c', source: 'unreachable', confidence: 1, cost: 1, lossPercent: 100 },
    { origin: 'b', destination: 'c', source: 'unknown', confidence: 0 },
  ];
  const nodes = ['a', 'b', 'c'].map((name) => ({ name, ready: true }));
  const topology = JSON.stringify({ generatedAt: '2026-01-01T12:00:00Z', nodes, links });

  describe('topology', () => {
    const ask = (...more: string[]) => run(['topology', '--aggregator', url, ...more]);

    it('prints the matrix, estimates marked', async () => {
      answer = { status: 200, body: topology };
      const { exitCode, stdout, stderr } = await ask();
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout.split('\n')).toEqual([
        '        a      b  c',
        'a          0.523  unreachable',
        'b  ~0.523         -',
        'c',
        'rtt in ms, from the node on the left; ~ estimated, - unknown, unreachable: probed in vain',
      ]);
      expect(asked.at(-1)).toBe('/v1/topology');
    });

    it('prints bandwidth, and what the aggregator said as JSON', async () => {
      answer = { status: 200, body: topology };
      const { stdout } = await ask('--matrix', 'bandwidth');
      expect(stdout.split('\n').slice(0, 3)).toEqual([
        '       a    b  c',
        'a         981  unreachable',
        'b  ~98.8       -',
      ]);
      expect(JSON.parse((await ask('-o', 'json')).stdout)).toEqual(JSON.parse(topology));
    });

    it('names the congestion controls that bandwidth was measured with', async () => {
      const named = ['cubic', 'bbr', 'cubic', undefined].map((name, at) => ({ ...links[at], congestionControl: name }));
      answer = { status: 200, body: JSON.stringify({ ...JSON.parse(topology), links: named }) };
      const legendOf = async (metric: string) => (await ask('--matrix', metric)).stdout.split('\n').at(-1);
      expect(await legendOf('bandwidth')).toContain('bandwidth in Mbit/s by TCP with bbr, cubic, from the node');
      expect(await legendOf('rtt')).toContain('rtt in ms, from the node');
    });

    it('prints loss with its interval where it was measured', async () => {
      const own = { ...links[0], lossPercent: 0.5, lossPercentInterval: [0.123, 1.94] };
      answer = { status: 200, body: JSON.stringify({ ...JSON.parse(topology), links: [own, links[2]] }) };
      const { stdout } = await ask('--matrix', 'loss');
      expect(stdout.split('\n')[1]).toBe('a     0.5 (0.1–1.9)  unreachable');
      expect(stdout).toContain('in brackets where the loss is with 95 % confidence');
    });

    it('takes the address from the environment, and keeps the path of a proxy', async () => {
      answer = { status: 200, body: topology };
      const env = { NETAWARE_AGGREGATOR_URL: `${url}/proxy/aggregator` };
      expect((await run(['topology'], { env })).exitCode).toBe(0);
      expect(asked.at(-1)).toBe('/proxy/aggregator/v1/topology');
    });

    it.each([
      ['refuses', 503, '{"error":"waiting for nodes"}', /^netaware: http:\S+: waiting for nodes$/],
      ['fails without a word', 500, '', /^netaware: http:\S+: answered 500$/],
      ['is not there', 404, '<html>', /^netaware: http:\S+: answered 404$/],
      ['is another one', 200, '<html>', /^netaware: \S+topology: \(the whole\): .*expected object.*found "<html>"$/],
      ['answers half', 200, '{"nodes":[]}', /^netaware: \S+topology: generatedAt: missing, wanted string; links: /],
    ])('tells in one line that the service %s', async (_name, status, body, message) => {
      answer = { status, body };
      expect(await ask()).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
    });

    it.each([
      ['http://127.0.0.1:2', /^netaware: http:\/\/127\.0\.0\.1:2: cannot be reached \(ECONNREFUSED\)$/],
      ['localhost:8080', /^netaware: --aggregator: wanted a URL such as http:\S+, found "localhost:8080"$/],
      ['aggregator', /^netaware: --aggregator: wanted a URL such as http:\S+, found "aggregator"$/],
    ])('tells in one line that %s does not answer', async (address, message) => {
      const answered = await run(['topology', '--aggregator', address]);
      expect(answered).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
    });
  });

  describe('explain', () => {
    const link = { role: 'dependency', replicas: 1, weight: 2, linkCost: 0.1, source: 'measured', confidence: 0.9 };
    const node = { dependencyCost: 0.2, dependantCost: 0, networkCost: 0.2, score: 90, source: 'measured' };
    const links = [
      { ...link, peer: 'db', peerNode: 'n2', contribution: 0.2, rttMethod: 'tcp', ageSeconds: 3.4 },
      { ...link, peer: 'web', peerNode: 'n4', role: 'dependant', source: 'zone', contribution: 0.1, ageSeconds: 12 },
    ];
    const explanation = {
      pod: 'store/web-1',
      boundTo: 'n1',
      strategy: 'linear',
      chosen: { node: 'n1', score: 90, networkCost: 0.2, largestTerms: links },
      runnerUp: { node: 'n2', score: 85, networkCost: 0.3 },
      nodes: [
        { ...node, node: 'n1', links },
        { ...node, node: 'n2', score: 85, networkCost: 0.3, links: [] },
        { ...node, node: 'n3', rejected: 'network limit broken: latency to db', links: [] },
      ],
    };
    const linesOf = async (changes: object) => {
      answer = { status: 200, body: JSON.stringify({ ...explanation, ...changes }) };
      return (await ask()).stdout.split('\n');
    };
    const ask = (...more: string[]) => run(['explain', 'web-1', '-n', 'store', '--extender', url, ...more]);

    it('tells the node, the runner-up, the largest terms and what makes each score', async () => {
      answer = { status: 200, body: JSON.stringify(explanation) };
      const { exitCode, stdout, stderr } = await ask();
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout.split('\n')).toEqual([
        'store/web-1: bound to n1; strategy linear',
        'chosen: n1, score 90, network cost 0.200',
        'runner-up: n2, score 85 (5 less), network cost 0.300 (0.100 more)',
        'largest terms:',
        '  calls db on n2: 0.200 (measured by TCP, 3 s ago)',
        '  called by web on n4: 0.100 (zone, 12 s ago)',
        'NODE  SCORE  NETWORK COST  SOURCE    WHY',
        'n1 *     90         0.200  measured  calls db on n2: 0.200 (measured by TCP, 3 s ago); called by web on n4: 0.100 (zone, 12 s ago)',
        'n2       85         0.300  measured',
        'n3       90         0.200  measured  network limit broken: latency to db',
      ]);
      expect(asked.at(-1)).toBe('/v1/explain?namespace=store&pod=web-1');
    });

    it('tells of a node that is the best, or is not any more, or beside which none passes', async () => {
      const runnerUp = { node: 'n2', score: 95, networkCost: 0.1 };
      expect((await linesOf({ runnerUp }))[2]).toBe(
        'runner-up: n2, score 95 (5 more), network cost 0.100 (0.100 less)',
      );
      expect((await linesOf({ boundTo: undefined })).slice(0, 2)).toEqual([
        'store/web-1: not bound yet; strategy linear',
        'best: n1, score 90, network cost 0.200',
      ]);
      expect((await linesOf({ runnerUp: undefined }))[2]).toBe('runner-up: none, as no other node passes');
      const elsewhere = { boundTo: 'n3', chosen: { ...explanation.chosen, node: 'n3' } };
      expect((await linesOf(elsewhere))[1]).toMatch(/^chosen: n3, .*; it would be rejected now: network limit broken/);
      const none = { boundTo: undefined, chosen: undefined, runnerUp: undefined };
      expect((await linesOf(none))[1]).toBe("no node keeps the AppGroup's limits");
    });

    it('tells what is reserved of a link', async () => {
      const bandwidth = { bandwidthBitsPerSecond: 94_200_000, reservedBitsPerSecond: 2e7 };
      const reserved = { ...link, ...bandwidth, peer: 'db', peerNode: 'n2', contribution: 0.2 };
      const { bandwidthBitsPerSecond: _, ...unmeasured } = { ...reserved, peer: 'cart' };
      const nodes = [{ ...node, node: 'n1', links: [reserved, unmeasured] }];
      answer = { status: 200, body: JSON.stringify({ ...explanation, nodes }) };
      const { stdout } = await ask();
      expect(stdout).toContain(
        'calls db on n2: 0.200 (measured, 20 of 94.2 Mbit/s reserved); ' +
          'calls cart on n2: 0.200 (measured, 20 of unknown Mbit/s reserved)',
      );
    });

    it('passes the whole explanation on as JSON', async () => {
      answer = { status: 200, body: JSON.stringify(explanation) };
      expect(JSON.parse((await ask('-o', 'json')).stdout)).toEqual(explanation);
    });

    it('says why nothing tells the nodes apart', async () => {
      const { boundTo: _pending, chosen: _chosen, runnerUp: _runnerUp, ...pending } = explanation;
      answer = { status: 200, body: JSON.stringify({ ...pending, neutral: 'noGroup', nodes: [] }) };
      const { stdout } = await ask();
      expect(stdout).toContain('store/web-1: not bound yet; strategy linear');
      expect(stdout).toContain('every node scores the same: the pod has no labels');
    });

    it.each([
      [404, '{"error":"no pod store/web-1"}', /^netaware: http:\S+: no pod store\/web-1$/],
      [200, '{"nodes":[{}]}', /^netaware: \S+pod=web-1: pod: missing, wanted string; /],
    ])('tells in one line what is wrong with an answer (%i %s)', async (status, body, message) => {
      answer = { status, body };
      expect(await ask()).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
    });
  });
});

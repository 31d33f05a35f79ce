import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { AppGroupView } from '#core/api/app-group-view.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import { makeGroup, makeNode, makePod, makeSlice, makeTopology, NOW } from '#test/builders.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SHOP = join(ROOT, 'test/fixtures/state/shop.yaml');
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(args: string[], input = '') {
  const command = ['appgroup', ...args];
  const { exitCode, stdout, stderr } = await execa(join(ROOT, 'netaware'), command, {
    cwd: folder,
    input,
    reject: false,
    // No lab of the machine is asked.
    env: { NETAWARE_AGGREGATOR_URL: 'http://127.0.0.1:1' },
  });
  return { exitCode, stdout, stderr };
}

function fileOf(path: string, ...objects: unknown[]): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, objects.map((object) => stringify(object)).join('---\n'));
  return file;
}

/** It asks for one CPU. */
function podOf(name: string, group: string, node?: string): Pod {
  const workload = name.split('-')[0] ?? '';
  const made = makePod(name, { group, workload, ...(node === undefined ? {} : { node }) });
  return { ...made, spec: { ...made.spec, containers: [{ name: 'app', resources: { requests: { cpu: '1' } } }] } };
}

/** A link's cost is its RTT in ms / 100; each node has room for two pods. */
const network = [
  makeTopology(
    { weights: { latency: 100, bandwidth: 0, loss: 0 } },
    { maxima: { rttMicroseconds: 100_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 } },
  ),
  ...['n1', 'n2'].map((name) => makeNode(name, { cpu: '2' })),
  makeSlice('n1', { n2: { rttMicroseconds: 40_000 } }),
  makeSlice('n2', { n1: { rttMicroseconds: 40_000 } }),
];
const twoGroups = [
  ...network,
  makeGroup('ring', { a: { b: 1 }, b: { a: 1 } }, { ordering: 'None' }),
  makeGroup('shop', { web: { db: 1 }, db: {} }, { ordering: 'Kahn' }),
  podOf('web-0', 'shop', 'n1'),
  podOf('db-0', 'shop', 'n2'),
];
const pending = [podOf('web-1', 'shop'), podOf('web-2', 'shop'), podOf('web-3', 'shop')];

describe('appgroup status -f', () => {
  it('prints a line for each group, and what is wrong with it', async () => {
    const { exitCode, stdout, stderr } = await run(['status', '-f', fileOf('two.yaml', ...twoGroups)]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'NAME  WORKLOADS  PODS   COST  PLAN COST  LOWER BOUND  CONDITIONS',
      'ring          2     0      -          -            -  Acyclic is False: depend on each other in a circle: "a", "b"',
      'shop          2     2  0.400          -            -  ok',
    ]);
  });

  it('prints the workloads of one group, too', async () => {
    const file = fileOf('more.yaml', ...twoGroups, podOf('web-1', 'shop', 'n1'));
    const { stdout } = await run(['status', 'shop', '-f', file]);
    expect(stdout.split('\n').slice(2)).toEqual([
      '',
      'WORKLOAD  ORDER  PODS  NODES',
      'web           1     2  n1 (2)',
      'db            2     1  n2',
    ]);
    expect((await run(['status', 'ring', '-f', file])).stdout.split('\n').slice(3)).toEqual([
      'WORKLOAD  ORDER  PODS  NODES',
      'a             -     0',
      'b             -     0',
    ]);
  });

  it.each([
    ['json', (text: string) => JSON.parse(text)],
    ['yaml', (text: string) => parse(text)],
  ])('prints a group as %s, a list of them without a name', async (format, read) => {
    const conditions = [
      { type: 'Valid', status: 'True', reason: 'SpecValid', message: 'the spec can be followed' },
      { type: 'Acyclic', status: 'True', reason: 'NoCycle', message: 'no dependencies form a circle' },
      {
        type: 'Unambiguous',
        status: 'True',
        reason: 'OneClaim',
        message: 'each pod belongs to one workload of one group',
      },
    ];
    const group = {
      namespace: 'store',
      name: 'shop',
      workloads: [
        { name: 'web', index: 2, replicas: 0, nodes: [] },
        { name: 'db', index: 1, replicas: 1, nodes: ['cloud-1'] },
      ],
      placedPods: 1,
      conditions,
    };
    expect(read((await run(['status', 'shop', '-n', 'store', '-f', SHOP, '-o', format])).stdout)).toEqual(group);
    expect(read((await run(['status', '-n', 'store', '-f', SHOP, '-o', format])).stdout)).toEqual([group]);
  });

  it('reads folders and standard input, as score does', async () => {
    fileOf('state/network.yaml', ...network);
    fileOf('state/below/groups.yaml', ...twoGroups.slice(network.length));
    expect((await run(['status', 'shop', '-f', 'state', '-R'])).stdout).toContain('0.400');
    expect((await run(['status', 'shop', '-f', 'state'])).stderr).toMatch(/no AppGroup in namespace default, nor/);
    const input = readFileSync(SHOP, 'utf8');
    expect((await run(['order', '-n', 'store', '-f', '-'], input)).stdout).toContain('1  db');
    const score = ['score', '-f', '-', '--pod', 'store/web-1'];
    const { stdout } = await execa(join(ROOT, 'netaware'), score, { input });
    expect(stdout).toContain('cloud-1    100');
  });
});

describe('appgroup order -f', () => {
  it('prints the workloads in their order', async () => {
    const file = fileOf('two.yaml', ...twoGroups);
    expect(await run(['order', 'shop', '-f', file])).toEqual({
      exitCode: 0,
      stdout: 'INDEX  WORKLOAD\n    1  web\n    2  db',
      stderr: '',
    });
    const want = [
      { workload: 'web', index: 1 },
      { workload: 'db', index: 2 },
    ];
    expect(JSON.parse((await run(['order', 'shop', '-f', file, '-o', 'json'])).stdout)).toEqual(want);
    expect(parse((await run(['order', 'shop', '-f', file, '-o', 'yaml'])).stdout)).toEqual(want);
  });

  it('tells a circle, and that no order is wanted', async () => {
    const answer = await run(['order', 'ring', '-f', fileOf('two.yaml', ...twoGroups), '-o', 'json']);
    expect({ ...answer, stderr: answer.stderr.split('\n') }).toEqual({
      exitCode: 0,
      stdout: '[]',
      stderr: [
        'netaware: AppGroup default/ring: workloads depend on each other in a circle: "a", "b"',
        'netaware: AppGroup default/ring wants no order: its spec.ordering is None',
      ],
    });
  });
});

describe('appgroup plan -f', () => {
  it('plans pending pods beside bound ones, and tells what the placement costs now', async () => {
    const file = fileOf('pending.yaml', ...twoGroups, ...pending.slice(0, 1));
    const { exitCode, stdout, stderr } = await run(['plan', 'shop', '-f', file]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'WORKLOAD  REPLICA  NODE',
      'db              0  n2',
      'web             0  n1',
      'web             1  n2',
      'cost 0.200, lower bound 0.200; as placed now 0.400',
    ]);
  });

  it('plans all pods anew, by a seed and in a time that can be set', async () => {
    const file = fileOf('two.yaml', ...twoGroups);
    const args = ['plan', 'shop', '-f', file, '--replan', '--seed', '7', '--budget-ms', '1', '-o', 'json'];
    const { stdout } = await run(args);
    const plan = JSON.parse(stdout);
    expect(plan).toEqual({
      cost: 0,
      lowerBound: 0,
      assignments: [
        { workload: 'db', replica: 0, node: expect.stringMatching(/^n[12]$/) },
        { workload: 'web', replica: 0, node: plan.assignments[0].node },
      ],
    });
    expect(await run(args)).toMatchObject({ stdout });
  });

  it('names the pods that fit nowhere, and those of workloads that the group does not have', async () => {
    const file = fileOf('full.yaml', ...twoGroups, ...pending, podOf('cart-0', 'shop'));
    const { stdout, stderr } = await run(['plan', 'shop', '-f', file, '-o', 'json']);
    const plan = JSON.parse(stdout);
    expect(Object.keys(plan)).toEqual(['cost', 'lowerBound', 'assignments', 'unassigned']);
    expect(plan.unassigned).toHaveLength(1);
    expect(plan.assignments).toHaveLength(4);
    expect(stderr).toBe('netaware: not planned, as AppGroup default/shop does not have their workload: default/cart-0');
    const table = (await run(['plan', 'shop', '-f', file])).stdout.split('\n');
    expect(table.at(-2)).toBe(`fit nowhere: ${plan.unassigned[0]}`);
  });

  it('tells a circle, and that there is nothing to plan', async () => {
    const { exitCode, stderr } = await run(['plan', 'ring', '-f', fileOf('two.yaml', ...twoGroups), '-o', 'json']);
    expect({ exitCode, stderr: stderr.split('\n') }).toEqual({
      exitCode: 0,
      stderr: [
        'netaware: AppGroup default/ring: workloads depend on each other in a circle: "a", "b"',
        'netaware: AppGroup default/ring has no pods to plan',
      ],
    });
  });
});

describe('what cannot be answered of files', () => {
  const invalid = {
    ...makeGroup('shop', { web: {} }),
    spec: { workloads: [{ name: 'web', dependencies: [{ name: 'x' }] }] },
  };
  it.each([
    [['status', 'bank'], twoGroups, /^netaware: no AppGroup bank in namespace default; there are: ring, shop$/],
    [
      ['status', '-n', 'nowhere'],
      twoGroups,
      /^netaware: no AppGroup in namespace nowhere; there are some in: default$/,
    ],
    [['order'], network, /^netaware: no AppGroup in namespace default, nor in any other$/],
    [
      ['order'],
      twoGroups,
      /^netaware: there are several AppGroups in namespace default, name one of them: ring, shop$/,
    ],
    [
      ['plan', 'shop'],
      [makeGroup('shop', { web: {} })],
      /^netaware: no nodes in \S+state\.yaml: a plan needs them \("kubectl get nodes -o yaml" prints them\)$/,
    ],
    [
      ['order'],
      [invalid],
      /^netaware: \S+state\.yaml: AppGroup shop: spec\.workloads: .*"web" depends on workloads that the group does not have: \["x"\]$/,
    ],
    [['plan', '--seed', '-1'], network, /'-1' is invalid. Wanted a whole number from 0 to 4294967295\./],
    [['plan', '--budget-ms', '0'], network, /'0' is invalid. Wanted whole milliseconds from 1 to 600000\./],
    [
      ['plan', '--aggregator', 'http://127.0.0.1:1'],
      network,
      /'-f, --filename <path...>' cannot be used with option '--aggregator <url>'/,
    ],
  ])('%j is told in a line, exit code 1', async (args, objects, message) => {
    const answer = await run([...args, '-f', fileOf('state.yaml', ...objects)]);
    expect(answer).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
  });
});

describe('what is asked of the aggregator', () => {
  let server: Server;
  let url: string;
  let asked: string[];
  let groups: AppGroupView[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const namespace = new URL(request.url ?? '', 'http://x').searchParams.get('namespace');
      const appGroups = groups.filter((group) => namespace === null || group.namespace === namespace);
      response.writeHead(200).end(JSON.stringify({ appGroups }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });
  beforeEach(() => {
    asked = [];
    groups = [shop];
  });

  const condition = (type: string, status: 'True' | 'False' | 'Unknown', message: string) =>
    ({ type, status, reason: 'Because', message, lastTransitionTime: NOW }) as const;
  const assignments = [{ workload: 'web', replica: 0, node: 'n1' }];
  const shop: AppGroupView = {
    namespace: 'store',
    name: 'shop',
    generation: 2,
    spec: makeGroup('shop', { web: { db: 1 }, db: {} }).spec,
    status: {
      observedGeneration: 2,
      conditions: [condition('Valid', 'True', ''), condition('Planned', 'True', '')],
      scheduleOrder: [
        { workload: 'web', index: 2 },
        { workload: 'db', index: 1 },
      ],
      workloads: [
        { name: 'web', replicas: 1, nodes: ['n2'] },
        { name: 'db', replicas: 1, nodes: ['n1'] },
      ],
      plan: { assignments, costPartsPerMillion: 1500, lowerBoundPartsPerMillion: 0, calculatedAt: NOW },
      placementCostPartsPerMillion: 400_000,
    },
  };
  const changed = (status: Partial<AppGroupView['status']>): AppGroupView => ({
    ...shop,
    status: { ...shop.status, ...status },
  });
  const { plan: _plan, ...withoutPlan } = shop.status ?? {};
  const ask = (...args: string[]) => run([...args, '-n', 'store', '--aggregator', url]);

  it('status tells costs, those of the plan, and conditions that do not hold', async () => {
    groups = [
      changed({ conditions: [condition('Valid', 'True', ''), condition('Planned', 'False', 'no room')] }),
      { ...shop, name: 'young', status: undefined },
    ];
    const { exitCode, stdout, stderr } = await ask('status');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'NAME   WORKLOADS  PODS   COST  PLAN COST  LOWER BOUND  CONDITIONS',
      'shop           2     2  0.400      0.002        0.000  Planned is False: no room',
      'young          -     -      -          -            -  not looked at yet',
    ]);
    expect(asked).toEqual(['/v1/appgroups?namespace=store']);
  });

  it('status takes it that pods are not to drift', async () => {
    const drifted = (name: string, status: 'True' | 'False' | 'Unknown') => ({
      ...changed({ conditions: [condition('Valid', 'True', ''), condition('Drifted', status, 'web-0: n1')] }),
      name,
    });
    groups = [drifted('a', 'False'), drifted('b', 'Unknown'), drifted('c', 'True')];
    const { stdout } = await ask('status');
    const told = stdout.split('\n').map((line) => line.replace(/^.* {2}(?=\S)/, ''));
    expect(told).toEqual(['CONDITIONS', 'ok', 'ok', 'Drifted is True: web-0: n1']);
  });

  it('status tells all of it as JSON', async () => {
    expect(JSON.parse((await ask('status', 'shop', '-o', 'json')).stdout)).toEqual({
      namespace: 'store',
      name: 'shop',
      workloads: [
        { name: 'web', index: 2, replicas: 1, nodes: ['n2'] },
        { name: 'db', index: 1, replicas: 1, nodes: ['n1'] },
      ],
      placedPods: 2,
      cost: 0.4,
      plan: { cost: 0.0015, lowerBound: 0, calculatedAt: NOW },
      conditions: [
        { type: 'Valid', status: 'True', reason: 'Because', message: '' },
        { type: 'Planned', status: 'True', reason: 'Because', message: '' },
      ],
    });
  });

  it('order and plan are those of the status', async () => {
    expect(JSON.parse((await ask('order', '-o', 'json')).stdout)).toEqual([
      { workload: 'db', index: 1 },
      { workload: 'web', index: 2 },
    ]);
    expect(JSON.parse((await ask('plan', '-o', 'json')).stdout)).toEqual({ cost: 0.0015, lowerBound: 0, assignments });
    expect((await ask('plan')).stdout.split('\n')).toEqual([
      'WORKLOAD  REPLICA  NODE',
      'web             0  n1',
      `cost 0.002, lower bound 0.000; made at ${NOW}`,
    ]);
  });

  it.each([
    ['is of an older spec', { ...shop, generation: 3 }, 'the plan of AppGroup store/shop is of an older spec'],
    [
      'has no node for some pods',
      changed({ conditions: [condition('Planned', 'False', 'no node has room for store/web-1')] }),
      'AppGroup store/shop: Planned is False: no node has room for store/web-1',
    ],
  ])('plan says that it %s', async (_, group, message) => {
    groups = [group];
    expect(await ask('plan')).toMatchObject({ exitCode: 0, stderr: `netaware: ${message}` });
  });

  it.each([
    [
      ['plan'],
      { ...shop, status: { ...withoutPlan, conditions: [condition('Planned', 'False', 'no room')] } },
      'AppGroup store/shop has no plan yet: Because: no room',
    ],
    [['plan'], { ...shop, status: undefined }, 'AppGroup store/shop has no plan yet: the aggregator has made none'],
    [
      ['order'],
      { ...shop, status: undefined },
      'AppGroup store/shop has no status yet: the aggregator has to look at it first',
    ],
    [
      ['order'],
      { ...shop, spec: undefined, status: { conditions: [condition('Valid', 'False', 'spec.workloads: missing')] } },
      'AppGroup store/shop cannot be followed: spec.workloads: missing',
    ],
    [['plan', '--replan'], shop, "--replan: only with -f; without files the plan is the aggregator's"],
    [['plan', '--seed', '3'], shop, "--seed: only with -f; without files the plan is the aggregator's"],
    [['plan', 'bank'], shop, 'no AppGroup bank in namespace store; there are: shop'],
    [['status'], { ...shop, namespace: 'bank' }, 'no AppGroup in namespace store; there are some in: bank'],
  ])('%j is told in a line, exit code 1', async (args, group, message) => {
    groups = [group];
    expect(await ask(...args)).toEqual({ exitCode: 1, stdout: '', stderr: `netaware: ${message}` });
  });
});

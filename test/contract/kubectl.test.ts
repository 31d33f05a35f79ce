import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { createLogger } from '#runtime/logger.ts';
import { meetsRequirements } from '#test/requirements.ts';

const canRun = meetsRequirements('kubectl', { tools: ['kubectl'] });

const APP_GROUP = `
apiVersion: netaware.io/v1alpha1
kind: AppGroup
metadata: {name: shop, namespace: default}
spec:
  workloads:
    - name: front
      dependencies: [{name: cart, weight: 3}]
    - name: cart
`;

const POD = `
apiVersion: v1
kind: Pod
metadata: {name: front-1, namespace: default}
spec:
  containers: [{name: app, image: example/app:1}]
`;

const NODE = `
apiVersion: v1
kind: Node
metadata: {name: node-1}
status:
  capacity: {cpu: "4", memory: 8Gi, pods: "110"}
  conditions: [{type: Ready, status: "True"}]
  addresses: [{type: InternalIP, address: 192.0.2.1}]
`;

describe.runIf(canRun)('kubectl', () => {
  let server: ApiServer;
  let folder: string;

  beforeAll(async () => {
    server = await startApiServer({ host: '127.0.0.1', port: 0, logger: createLogger('contract', 'warn') });
    folder = await mkdtemp(join(tmpdir(), 'netaware-kubectl-'));
    const name = 'lab';
    const kubeConfig = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: server.url } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      users: [{ name, user: {} }],
      'current-context': name,
    };
    await writeFile(join(folder, 'config'), JSON.stringify(kubeConfig));
    await kubectl(['apply', '-f', '-'], `${NODE}---${POD}---${APP_GROUP}`);
  });

  afterAll(async () => {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** HOME too is the test's own: kubectl keeps a cache of discovery there. */
  async function kubectl(
    args: string[],
    input = '',
  ): Promise<{ code: number | undefined; stdout: string; stderr: string }> {
    const env = { KUBECONFIG: join(folder, 'config'), HOME: folder };
    const { exitCode, stdout, stderr } = await execa('kubectl', args, { env, input, reject: false, timeout: 20_000 });
    return { code: exitCode, stdout, stderr };
  }

  const columnsOf = (line = '') => line.split(/\s{2,}/);

  test.each([
    ['nodes', ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'], /^node-1\s+Ready\s+<none>/],
    ['pods', ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'], /^front-1\s+0\/1\s+Pending\s+0/],
    ['ag', ['NAME', 'ORDERING', 'REQUIREMENTS', 'VALID', 'AGE'], /^shop\s+Traffic\s+Majority/],
    ['namespaces', ['NAME', 'STATUS', 'AGE'], /^default\s+Active/],
  ])('get %s prints its columns', async (resource, columns, row) => {
    const { stdout } = await kubectl(['get', resource]);
    const [head, first] = stdout.split('\n');
    expect(columnsOf(head?.trim())).toEqual(columns);
    expect(first).toMatch(row);
  });

  test('get of several resources, by short names, works where there are none', async () => {
    const { code, stderr } = await kubectl(['get', 'nt,nts,events,crds']);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('apply of what is there already changes only what differs', async () => {
    const { stdout } = await kubectl(['apply', '-f', '-'], POD);
    expect(stdout).toBe('pod/front-1 unchanged');
    await kubectl(['apply', '-f', '-'], APP_GROUP.replace('weight: 3', 'weight: 4'));
    const { stdout: weight } = await kubectl([
      'get',
      'ag',
      'shop',
      '-o',
      'jsonpath={.spec.workloads[0].dependencies[0].weight}',
    ]);
    expect(weight).toBe('4');
  });

  test.each([
    [
      'an unknown ordering',
      APP_GROUP.replace('spec:', 'spec:\n  ordering: Random'),
      'spec.ordering: Unsupported value: "Random"',
    ],
    [
      'a misspelt field',
      APP_GROUP.replace('weight: 3', 'wieght: 3'),
      'unknown field "spec.workloads[0].dependencies[0].wieght"',
    ],
    [
      'a missing name',
      APP_GROUP.replace('- name: cart', '- dependencies: []'),
      'spec.workloads[1].name: Required value',
    ],
    [
      'a dependency on itself',
      APP_GROUP.replace('{name: cart, weight: 3}', '{name: front}'),
      'spec.workloads[0].dependencies: Invalid value: "front" depends on itself',
    ],
    [
      'an unknown dependency',
      APP_GROUP.replace('- name: cart', '- name: basket'),
      'spec.workloads: Invalid value: "front" depends on workloads that the group does not have: ["cart"]',
    ],
    [
      'a workload that is there twice',
      APP_GROUP.replace('- name: cart', '- name: cart\n    - name: cart'),
      'spec.workloads[2]: Duplicate value: {"name":"cart"}',
    ],
    [
      'a bandwidth that is none',
      APP_GROUP.replace('weight: 3', 'minBandwidth: 20MB'),
      'spec.workloads[0].dependencies[0].minBandwidth: Invalid value: "20MB": not a positive quantity such as 20M',
    ],
  ])('an AppGroup with %s is refused with a message that names the field', async (_case, yaml, message) => {
    const { code, stderr } = await kubectl(['apply', '-f', '-'], yaml.replace('name: shop', 'name: bad'));
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  test.each([
    ['ag', 'shop', 'Kind:         AppGroup'],
    ['pod', 'front-1', 'Image:        example/app:1'],
    ['node', 'node-1', 'InternalIP:  192.0.2.1'],
  ])('describe %s %s shows it', async (resource, name, wanted) => {
    const { stdout, stderr } = await kubectl(['describe', resource, name]);
    expect(stdout, stderr).toContain(wanted);
  });

  test('explain knows the fields of an AppGroup', async () => {
    const { stdout } = await kubectl(['explain', 'appgroup.spec.workloads.dependencies']);
    expect(stdout).toContain('maxLatencyMicroseconds');
    expect(stdout).toContain('The longest round-trip time that the call bears, in microseconds.');
  });

  test('label, annotate, patch, cordon and delete do', async () => {
    await kubectl(['label', 'pod', 'front-1', 'tier=front']);
    await kubectl(['annotate', 'pod', 'front-1', 'note=hello']);
    const { stdout: labels } = await kubectl([
      'get',
      'pods',
      '-l',
      'tier=front',
      '-o',
      'jsonpath={.items[0].metadata.annotations.note}',
    ]);
    expect(labels).toBe('hello');

    await kubectl(['patch', 'ag', 'shop', '--type', 'merge', '-p', '{"spec":{"ordering":"Kahn"}}']);
    expect((await kubectl(['get', 'ag', 'shop', '-o', 'jsonpath={.spec.ordering}'])).stdout).toBe('Kahn');

    await kubectl(['cordon', 'node-1']);
    expect((await kubectl(['get', 'nodes'])).stdout).toContain('Ready,SchedulingDisabled');

    expect((await kubectl(['delete', 'pod/front-1', 'ag/shop'])).code).toBe(0);
    expect((await kubectl(['get', 'pod', 'front-1'])).stderr).toContain('pods "front-1" not found');
  });
});

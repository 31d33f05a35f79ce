import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeKubeconfig } from '#lab/kubeconfig.ts';
import { type Cgroups, openCgroups } from '#lab/pods/cgroups.ts';
import type { StatsSummary } from '#lab/pods/stats-summary.ts';
import { meetsRequirements } from '#test/requirements.ts';

// One pod runner as a real process in a network namespace of its own, with the embedded API server beside it.

const canRun = meetsRequirements('pod runner', { root: true, tools: ['ip', 'curl'] });
const NAMESPACE = `nwpr-${process.pid}`;
const CGROUP = `netaware-test/${NAMESPACE}`;
const POD_PREFIX = '10.97.3.';
const API_SERVER = 'http://127.0.0.1:18080';
const KUBELET = 'http://127.0.0.1:10250';
const PODS = `${API_SERVER}/api/v1/namespaces/default/pods`;
const DEADLINE_MS = 20_000;
const SET_UP_DEADLINE_MS = 60_000;

/** Listens on the pod's address, uses CPU, ends with code 3 when asked to. */
const SERVER = `
  require('node:http').createServer((request, response) => {
    if (request.url === '/exit') process.exit(3);
    response.end(process.env.GREETING);
  }).listen(8080, process.env.POD_IP, () => console.log('listening'));
  setInterval(() => { const end = Date.now() + 5; while (Date.now() < end); }, 20);
`;

interface Program {
  kill(signal: NodeJS.Signals): void;
  ended: Promise<{ exitCode?: number }>;
}

interface RunningPod {
  metadata: { uid: string; deletionTimestamp?: string };
  status: {
    phase: string;
    podIP?: string;
    hostIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: {
      restartCount: number;
      state: { waiting?: { reason: string; message: string }; terminated?: { exitCode: number } };
      lastState: { terminated?: { exitCode: number } };
    }[];
  };
}

describe.runIf(canRun)('pod runner', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netaware-pod-runner-'));
  const hostsFile = join(folder, 'hosts');
  const kubeconfig = join(folder, 'kubeconfig');
  const started: Program[] = [];
  let cgroups: Cgroups;
  let apiServer: Program;
  let runner: Program;

  beforeAll(async () => {
    cgroups = openCgroups();
    execaSync('ip', ['netns', 'add', NAMESPACE]);
    execaSync('ip', ['-n', NAMESPACE, 'link', 'set', 'lo', 'up']);
    execaSync('ip', ['-n', NAMESPACE, 'link', 'add', 'eth0', 'type', 'bridge']);
    execaSync('ip', ['-n', NAMESPACE, 'address', 'add', `${POD_PREFIX}1/16`, 'dev', 'eth0']);
    execaSync('ip', ['-n', NAMESPACE, 'link', 'set', 'eth0', 'up']);
    writeFileSync(hostsFile, '');
    await writeKubeconfig(kubeconfig, { server: API_SERVER });
    apiServer = await startApiServer();
    runner = startProgram('lab/pods/main.ts', {
      nodeName: 'host-3',
      zone: 'zone-a',
      kubeconfig,
      managementAddress: '127.0.0.1',
      shapedAddress: `${POD_PREFIX}1`,
      podAddressPrefix: POD_PREFIX,
      shapedInterface: 'eth0',
      cpu: '2',
      memory: '2Gi',
      logFolder: join(folder, 'logs'),
      hostsFile,
      cgroup: CGROUP,
    });
    await until('the pod runner is ready', () => request(`${KUBELET}/readyz`).then((text) => text === 'ok'));
  }, SET_UP_DEADLINE_MS);

  afterAll(async () => {
    for (const program of started) program.kill('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
    await cgroups.killAll(CGROUP);
    await cgroups.remove('netaware-test');
    execaSync('ip', ['netns', 'delete', NAMESPACE]);
    rmSync(folder, { recursive: true });
  });

  test('registers its host as a ready node', async () => {
    const node = JSON.parse(await request(`${API_SERVER}/api/v1/nodes/host-3`));
    expect(node.metadata.labels).toMatchObject({ 'topology.kubernetes.io/zone': 'zone-a' });
    expect(node.metadata.annotations).toEqual({ 'netaware.io/probe-address': `${POD_PREFIX}1` });
    expect(node.status.allocatable).toEqual({ cpu: '2', memory: '2Gi', pods: '110' });
    expect(node.status.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
  });

  test('a pod runs, becomes ready at its own address, is named, measured, and deleted without a trace', async () => {
    await createPod('web', {
      labels: { 'netaware.io/workload': 'front' },
      containers: [serverContainer()],
    });
    const pod = await untilPod('web', isReady);
    const address = pod.status.podIP ?? '';
    expect(address).toMatch(/^10\.97\.3\.\d+$/);
    expect(pod.status).toMatchObject({ phase: 'Running', hostIP: '127.0.0.1' });
    expect(addresses()).toContain(address);
    expect(await request(`http://${address}:8080/`)).toBe('hello web');
    expect(readFileSync(join(folder, 'logs', 'default_web_server.log'), 'utf8')).toBe('listening\n');
    await until('its name is known', async () =>
      readFileSync(hostsFile, 'utf8').includes(`${address} front.default\n`),
    );

    const before = await podStats('web');
    await until('its CPU time grows', async () => (await podStats('web')).cpu > before.cpu);
    expect(before.cpu).toBeGreaterThan(0);
    expect(before.workingSetBytes).toBeGreaterThan(1_000_000);

    await request(`${PODS}/web`, 'DELETE');
    await until('the pod is gone', () => podIsGone('web'));
    expect(addresses()).not.toContain(address);
    expect(cgroupExists(pod.metadata.uid)).toBe(false);
    await until('its name is gone', async () => readFileSync(hostsFile, 'utf8') === '127.0.0.1 localhost\n');
  });

  test('a container that crashes is started again', async () => {
    await createPod('crash', { containers: [serverContainer()] });
    const { status } = await untilPod('crash', isReady);
    await request(`http://${status.podIP}:8080/exit`).catch(() => {});
    await untilPod('crash', (pod) => !isReady(pod));
    const again = await untilPod('crash', isReady);
    expect(again.status.containerStatuses).toMatchObject([
      { restartCount: 1, lastState: { terminated: { exitCode: 3 } } },
    ]);
    expect(again.status.podIP).toBe(status.podIP);
    await deletePod('crash');
  });

  test.each([
    { program: 'exit 0', phase: 'Succeeded', exitCode: 0 },
    { program: 'exit 4', phase: 'Failed', exitCode: 4 },
    { program: 'kill -9 $$', phase: 'Failed', exitCode: 137 },
  ])('a pod that is not to restart and runs "$program" is $phase', async ({ program, phase, exitCode }) => {
    await createPod('once', { restartPolicy: 'Never', containers: [shell(program)] });
    const { status, metadata } = await untilPod('once', (pod) => pod.status.phase === phase);
    expect(status.containerStatuses).toMatchObject([{ restartCount: 0, state: { terminated: { exitCode } } }]);
    await until('its address is free', async () => !addresses().includes(status.podIP ?? ''));
    expect(cgroupExists(metadata.uid)).toBe(false);
    await deletePod('once');
  });

  test('a container whose image the lab has not stays pending and says why', async () => {
    await createPod('unknown', { containers: [{ name: 'main', image: 'example/none:1' }] });
    const hasStatus = (pod: RunningPod) => pod.status.containerStatuses !== undefined;
    const { status } = await untilPod('unknown', hasStatus);
    expect(status.phase).toBe('Pending');
    const waiting = status.containerStatuses?.[0]?.state.waiting;
    expect(waiting?.reason).toBe('ErrImagePull');
    expect(waiting?.message).toContain('example/none:1');
    await deletePod('unknown');
  });

  test('a pod that ignores SIGTERM is killed after its grace period, with what it started', async () => {
    const stubborn = "trap '' TERM; setsid sleep 1000 & while :; do sleep 0.1; done";
    await createPod('stubborn', { terminationGracePeriodSeconds: 1, containers: [shell(stubborn)] });
    const { metadata } = await untilPod('stubborn', isReady);
    await until('all its processes run', async () => processes(metadata.uid).length >= 2);
    const askedAt = Date.now();
    await deletePod('stubborn');
    expect(Date.now() - askedAt).toBeGreaterThan(900);
    expect(processes(metadata.uid)).toEqual([]);
  });

  test('an API server that lost everything gets the node again, and its former pods end', async () => {
    await createPod('lost', { terminationGracePeriodSeconds: 1, containers: [serverContainer()] });
    const { metadata } = await untilPod('lost', isReady);
    apiServer.kill('SIGKILL');
    await apiServer.ended;
    apiServer = await startApiServer();
    await until('the node is there again', () => request(`${API_SERVER}/api/v1/nodes/host-3`).then(() => true));
    await until('the pod has ended', async () => !cgroupExists(metadata.uid));
    await createPod('next', { containers: [serverContainer()] });
    await untilPod('next', isReady);
    await deletePod('next');
  });

  test('SIGTERM ends the runner and its pods at once and leaves no process, address or cgroup', async () => {
    const stubborn = "trap '' TERM; while :; do sleep 0.1; done";
    await createPod('last', { containers: [serverContainer(), shell(stubborn)] });
    await untilPod('last', isReady);
    const pids = cgroups.processes(CGROUP);
    expect(pids.length).toBeGreaterThanOrEqual(2);
    const askedAt = Date.now();
    runner.kill('SIGTERM');
    const { exitCode } = await runner.ended;
    expect(exitCode).toBe(0);
    expect(Date.now() - askedAt).toBeLessThan(1_500);
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(addresses()).toEqual([`${POD_PREFIX}1`]);
    expect(cgroups.procsFiles(CGROUP).filter((file) => existsSync(file))).toEqual([]);
  });

  function startProgram(program: string, config: object): Program {
    const file = join(folder, `${program.replaceAll('/', '-')}.json`);
    writeFileSync(file, JSON.stringify(config));
    const script = fileURLToPath(new URL(`../../${program}`, import.meta.url));
    const running = execa('ip', ['netns', 'exec', NAMESPACE, process.execPath, script, '--config', file], {
      reject: false,
      stdin: 'ignore',
      stderr: process.env.NETAWARE_TEST_LOGS === undefined ? 'ignore' : 'inherit',
    });
    const handle: Program = { kill: (signal) => void running.kill(signal), ended: running };
    started.push(handle);
    return handle;
  }

  async function startApiServer(): Promise<Program> {
    const program = startProgram('lab/control-plane/main.ts', { host: '127.0.0.1', port: 18080 });
    await until('the API server answers', () => request(`${API_SERVER}/api/v1/pods`).then(() => true));
    return program;
  }

  async function createPod(name: string, { labels = {}, ...spec }: { labels?: object; [field: string]: unknown }) {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels },
      spec: { nodeName: 'host-3', terminationGracePeriodSeconds: 5, ...spec },
    };
    await request(PODS, 'POST', pod);
  }

  async function deletePod(name: string): Promise<void> {
    await request(`${PODS}/${name}`, 'DELETE');
    await until(`pod ${name} is gone`, () => podIsGone(name));
  }

  async function podIsGone(name: string): Promise<boolean> {
    const { items } = JSON.parse(await request(PODS)) as { items: { metadata: { name: string } }[] };
    return !items.some(({ metadata }) => metadata.name === name);
  }

  async function untilPod(name: string, condition: (pod: RunningPod) => boolean): Promise<RunningPod> {
    let pod: RunningPod | undefined;
    await until(`pod ${name} is as wanted`, async () => {
      pod = JSON.parse(await request(`${PODS}/${name}`)) as RunningPod;
      return condition(pod);
    });
    return pod as RunningPod;
  }

  async function podStats(name: string): Promise<{ cpu: number; workingSetBytes: number }> {
    const { pods } = JSON.parse(await request(`${KUBELET}/stats/summary`)) as StatsSummary;
    const container = pods.find(({ podRef }) => podRef.name === name)?.containers[0];
    return {
      cpu: container?.cpu?.usageCoreNanoSeconds ?? Number.NaN,
      workingSetBytes: container?.memory?.workingSetBytes ?? Number.NaN,
    };
  }

  function addresses(): string[] {
    const { stdout } = execaSync('ip', ['-n', NAMESPACE, '-4', '-json', 'address', 'show', 'dev', 'eth0']);
    const [shown] = JSON.parse(stdout) as { addr_info: { local: string }[] }[];
    return shown?.addr_info.map(({ local }) => local) ?? [];
  }

  function processes(uid: string): number[] {
    return cgroups.processes(`${CGROUP}/${uid}`);
  }

  function cgroupExists(uid: string): boolean {
    return cgroups.procsFiles(`${CGROUP}/${uid}`).some((file) => existsSync(file));
  }
});

function serverContainer(): object {
  return {
    name: 'server',
    image: 'any',
    command: [process.execPath, '-e', SERVER],
    env: [
      { name: 'GREETING', value: 'hello web' },
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ],
    readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
  };
}

function shell(program: string): object {
  return { name: 'shell', image: 'any', command: ['/bin/sh', '-c', program] };
}

function isReady({ status }: RunningPod): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

/** An HTTP request from inside the namespace; the body of the answer. Fails for a status of 400 and more. */
async function request(url: string, method = 'GET', body?: object): Promise<string> {
  const data = body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)];
  const { stdout } = await execa('ip', [
    ...['netns', 'exec', NAMESPACE, 'curl', '-sS', '--fail-with-body', '--noproxy', '*', '-m', '5'],
    ...['-X', method, ...data, url],
  ]);
  return stdout;
}

/** Failures of `condition` are what it waits out. */
async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  let failure: unknown;
  while (Date.now() < deadline) {
    try {
      if (await condition()) return;
    } catch (err) {
      failure = err;
    }
    await pause(20);
  }
  throw new Error(`waited ${DEADLINE_MS} ms: ${what}`, { cause: failure });
}

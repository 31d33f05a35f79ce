import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseIperf3 } from '#core/measurement/iperf3-output.ts';
import { parsePing } from '#core/measurement/ping-output.ts';
import type { LabPlan } from '#lab/lab-file.ts';
import { CGROUP, hostNamespace, managementAddress, SERVICES_CGROUP, STATE_FOLDER, shapedAddress } from '#lab/names.ts';
import { checkAddressesAreFree } from '#lab/network/address-check.ts';
import { chooseCongestionControl } from '#lab/network/congestion-control.ts';
import { makeHosts } from '#lab/network/hosts.ts';
import { startRouter } from '#lab/network/router.ts';
import { openCgroups } from '#lab/pods/cgroups.ts';
import { acquireLab } from '#lab/state/lab-state.ts';
import { spawnInLab } from '#lab/state/processes.ts';
import { findRemains, removeLab } from '#lab/state/remove.ts';
import { until } from '#lab/until.ts';
import { meetsRequirements } from '#test/requirements.ts';

// A lab's network alone, measured with the real ping and iperf3, and its removal. The machine has one place for a lab:
// where another one is up, these tests fail and leave it as it is.

const canRun = meetsRequirements('lab network', {
  root: true,
  tools: ['ip', 'tc', 'ss', 'ethtool', 'ping', 'iperf3'],
});
const SET_UP_DEADLINE_MS = 90_000;
const DEADLINE_MS = 10_000;
const IPERF3_PORT = 5201;

const [near, alsoNear, far] = ['near', 'also-near', 'far'].map((name, position) => ({
  name,
  zone: 'zone',
  cpu: '1',
  memory: '1Gi',
  index: position + 1,
})) as [LabPlan['nodes'][number], LabPlan['nodes'][number], LabPlan['nodes'][number]];
type Host = typeof near;

const plan: LabPlan = {
  nodes: [near, alsoNear, far],
  links: [
    ...bothWays(near, alsoNear, { rttMs: 2, lossPercent: 0, bandwidthMbps: 200 }),
    ...bothWays(near, far, { rttMs: 40, lossPercent: 0, bandwidthMbps: 50 }),
    ...bothWays(alsoNear, far, { rttMs: 20, lossPercent: 20, bandwidthMbps: 50 }),
  ],
  mtu: 9000,
};

describe.runIf(canRun)('lab network', () => {
  let isOurs = false;

  beforeAll(async () => {
    await acquireLab();
    isOurs = true;
    await checkAddressesAreFree();
    openCgroups().create(SERVICES_CGROUP);
    await makeHosts(plan, await chooseCongestionControl());
    await startRouter(plan, STATE_FOLDER);
  }, SET_UP_DEADLINE_MS);

  afterAll(async () => {
    if (isOurs) await removeLab();
  }, SET_UP_DEADLINE_MS);

  test.each([
    { origin: near, destination: alsoNear, wantMs: 2 },
    { origin: alsoNear, destination: near, wantMs: 2 },
    { origin: near, destination: far, wantMs: 40 },
    { origin: far, destination: alsoNear, wantMs: 20 },
  ])(
    'from $origin.name to $destination.name the round trip takes $wantMs ms within 1 ms or 5 %',
    async ({ origin, destination, wantMs }) => {
      const { rttMs } = await pings(origin, destination, { count: 50 });
      expect(Math.abs(rttMs - wantMs)).toBeLessThan(Math.max(1, 0.05 * wantMs));
    },
  );

  test('loses the configured part of the round trips on a lossy link, and none on the others', async () => {
    const count = 500;
    const want = 0.2;
    const fourSigma = 4 * Math.sqrt((want * (1 - want)) / count);
    const [lossy, lossless] = await Promise.all([pings(alsoNear, far, { count }), pings(near, far, { count })]);
    expect(Math.abs(lossy.lost / count - want)).toBeLessThan(fourSigma);
    expect(lossless.lost).toBe(0);
  });

  test.each([
    { origin: near, destination: alsoNear, wantMbps: 200 },
    { origin: alsoNear, destination: near, wantMbps: 200 },
    { origin: far, destination: near, wantMbps: 50 },
  ])(
    'from $origin.name to $destination.name a flow gets $wantMbps Mbit/s within 25 %',
    async ({ origin, destination, wantMbps }) => {
      const mbps = await bandwidthMbps(origin, destination);
      expect(mbps).toBeGreaterThan(0.75 * wantMbps);
      expect(mbps).toBeLessThan(1.25 * wantMbps);
    },
  );

  test('the machine reaches a pod address over the management network, there and back without shaping', async () => {
    const podAddress = shapedAddress(far).replace(/\.1$/, '.10');
    await inHost(far, 'ip', ['address', 'add', `${podAddress}/32`, 'dev', 'eth0']);
    const { stdout } = await execa('ping', ['-c', '20', '-i', '0.01', podAddress], { env: { LC_ALL: 'C' } });
    expect(answered(stdout).rttMs).toBeLessThan(5);
  });

  test('a second lab is refused while this one is there', async () => {
    await expect(acquireLab()).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('removal leaves nothing, also of a process that was started by hand in a host, and may be repeated', async () => {
    expect(await findRemains()).not.toEqual([]);
    const byHand = execa('ip', ['netns', 'exec', hostNamespace(near), 'sleep', '300'], { reject: false });
    await until('the process is in the host', DEADLINE_MS, async () =>
      (await execa('ip', ['netns', 'pids', hostNamespace(near)])).stdout.includes(String(byHand.pid))
        ? undefined
        : 'not yet',
    );
    await removeLab();
    expect(await findRemains()).toEqual([]);
    expect((await byHand).signal).toBe('SIGKILL');
    expect((await execa('ip', ['route', 'show', managementAddress(near)])).stdout).toBe('');
    await removeLab();
    isOurs = false;
  });

  test('the next lab removes what one left whose owner was killed', { timeout: SET_UP_DEADLINE_MS }, async () => {
    const owner = execa(process.execPath, ['--input-type=module', '--eval', OWNER_PROGRAM, JSON.stringify(plan)], {
      reject: false,
    });
    let failure: string | undefined;
    const ended = owner.then(({ stderr }) => {
      failure = stderr;
    });
    let output = '';
    owner.stdout.on('data', (chunk) => {
      output += chunk;
    });
    try {
      await until('the owner has built its lab', SET_UP_DEADLINE_MS, async () => {
        if (output.includes('built')) return undefined;
        if (failure !== undefined) throw new Error(`the owner ended: ${failure}`);
        return 'not yet';
      });
      await expect(acquireLab()).rejects.toMatchObject({ code: 'CONFLICT' });
    } finally {
      owner.kill('SIGKILL');
      await ended;
      isOurs = output.includes('acquired');
    }
    expect(openCgroups().processes(CGROUP)).not.toEqual([]);
    // From here until it is acquired again the place is anybody's.
    isOurs = false;
    await acquireLab();
    isOurs = true;
    expect(await findRemains()).toEqual([`folder ${STATE_FOLDER}`]);
    await removeLab();
    expect(await findRemains()).toEqual([]);
    isOurs = false;
  });

  /** An iperf3 test of one flow; its server is one of the lab's processes and takes this test only. */
  async function bandwidthMbps(origin: Host, destination: Host): Promise<number> {
    const server = await spawnInLab({
      command: 'iperf3',
      args: ['--server', '--one-off', '--port', String(IPERF3_PORT), '--bind', shapedAddress(destination)],
      namespace: hostNamespace(destination),
      logFile: `${STATE_FOLDER}/logs/iperf3.log`,
    });
    await until('iperf3 listens', DEADLINE_MS, async () => {
      const { stdout } = await inHost(destination, 'ss', ['-Hltn', `sport = :${IPERF3_PORT}`]);
      return stdout === '' ? 'not yet' : undefined;
    });
    const { stdout } = await inHost(origin, 'iperf3', [
      ...['--client', shapedAddress(destination), '--port', String(IPERF3_PORT)],
      ...['--time', '3', '--omit', '1', '--json'],
    ]);
    await until('the iperf3 server has ended', DEADLINE_MS, async () =>
      server.isRunning() ? 'still running' : undefined,
    );
    const result = parseIperf3(stdout);
    if (result.outcome === 'failed') throw new Error(result.reason);
    return result.bandwidthBitsPerSecond / 1e6;
  }
});

/** Builds the same lab as its owner, says how far it is, and stays. */
const OWNER_PROGRAM = `
  import { STATE_FOLDER, SERVICES_CGROUP } from '#lab/names.ts';
  import { chooseCongestionControl } from '#lab/network/congestion-control.ts';
  import { makeHosts } from '#lab/network/hosts.ts';
  import { startRouter } from '#lab/network/router.ts';
  import { openCgroups } from '#lab/pods/cgroups.ts';
  import { acquireLab } from '#lab/state/lab-state.ts';
  const plan = JSON.parse(process.argv[1]);
  await acquireLab();
  console.log('acquired');
  openCgroups().create(SERVICES_CGROUP);
  await makeHosts(plan, await chooseCongestionControl());
  await startRouter(plan, STATE_FOLDER);
  console.log('built');
  setInterval(() => {}, 60_000);
`;

async function pings(origin: Host, destination: Host, { count }: { count: number }) {
  // ping exits with 1 where nothing was answered; what it wrote is judged in any case.
  const args = ['-c', String(count), '-i', '0.005', '-W', '1', shapedAddress(destination)];
  return answered((await inHost(origin, 'ping', args, { reject: false })).stdout);
}

function answered(output: string): { rttMs: number; lost: number } {
  const result = parsePing(output);
  if (result.outcome !== 'answered') throw new Error(`no answers: ${output}`);
  return { rttMs: result.rttMicroseconds / 1000, lost: result.transmitted - result.received };
}

function inHost(host: Host, command: string, args: readonly string[], options: { reject?: boolean } = {}) {
  return execa('ip', ['netns', 'exec', hostNamespace(host), command, ...args], { env: { LC_ALL: 'C' }, ...options });
}

function bothWays(a: Host, b: Host, figures: { rttMs: number; lossPercent: number; bandwidthMbps: number }) {
  const link = { ...figures, jitterMs: 0 };
  return [
    { origin: a.name, destination: b.name, ...link },
    { origin: b.name, destination: a.name, ...link },
  ];
}

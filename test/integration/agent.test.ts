import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BandwidthLease, type Measurement, probePlan, report } from '#core/api/agent.ts';
import { meetsRequirements } from '#test/requirements.ts';

// Two agents in network namespaces of their own, joined by one link to measure, each with a second link to this process,
// which plays the aggregator. ping and iperf3 are the real ones.

const HOSTS = {
  a: { namespace: 'nwag-a', address: '198.18.213.1', management: '198.18.214.2', gateway: '198.18.214.1' },
  b: { namespace: 'nwag-b', address: '198.18.213.2', management: '198.18.214.6', gateway: '198.18.214.5' },
};
type HostName = keyof typeof HOSTS;
const LISTEN_PORT = 9464;
const LEASE_PORT = 5301;

/**
 * Runs a command as in a container under the restricted pod security standard: a user without rights or a way to get any,
 * a ping without file capabilities, the sysctl for it, and nothing to write to but one folder for temporary files.
 */
const RESTRICTED = [
  ...['unshare', '--mount', 'sh', '-euc'],
  `ping=$(command -v ping)
  mount -t tmpfs -o mode=755 tmpfs /mnt
  mkdir /mnt/app /mnt/bin /mnt/tmp
  mount --bind . /mnt/app
  mount -t tmpfs -o mode=1777 tmpfs /mnt/tmp
  cp "$ping" /mnt/bin/ping
  echo "65532 65532" > /proc/sys/net/ipv4/ping_group_range
  mount -o remount,bind,ro /mnt
  mount -o remount,bind,ro /
  cd /mnt/app
  export PATH="/mnt/bin:$PATH" TMPDIR=/mnt/tmp
  shift
  exec setpriv --reuid 65532 --regid 65532 --clear-groups --inh-caps=-all --ambient-caps=-all --bounding-set=-all \
    --no-new-privs node_modules/.bin/node "$@"`,
  'sh',
];

/** The agent as a process of its own, without the rest of the command line. */
const AGENT_PROGRAM = `
  import { loadConfig } from '#agent/config.ts';
  import { startAgent } from '#agent/main.ts';
  import { createLogger } from '#runtime/logger.ts';
  import { runService } from '#runtime/service.ts';
  const logger = createLogger('agent');
  await runService(logger, () => startAgent(loadConfig({}, process.env), logger));
`;

const canRun = meetsRequirements('two agents', {
  root: true,
  tools: ['ip', 'ping', 'iperf3', 'setpriv', 'unshare', 'ss', 'ps'],
});

describe.runIf(canRun)('two agents', () => {
  let aggregator: FakeAggregator;
  const agents: Agent[] = [];

  beforeAll(() => {
    removeHosts();
    makeHosts();
  });
  afterAll(removeHosts);

  beforeEach(async () => {
    aggregator = new FakeAggregator();
    await aggregator.listen();
  });
  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.kill()));
    await aggregator.close();
  });

  function start(name: HostName, wrapper: string[] = []): Agent {
    const agent = startAgentProcess(name, aggregator.port, wrapper);
    agents.push(agent);
    return agent;
  }

  it('measure RTT and bandwidth, and no RTT while bandwidth is tested', async () => {
    aggregator.plan({ packets: 4, packetIntervalMilliseconds: 10 });
    start('a');
    start('b');
    await until(() => aggregator.of('a', 'rtt').length > 1 && aggregator.of('b', 'rtt').length > 1);
    for (const measurement of [...aggregator.of('a', 'rtt'), ...aggregator.of('b', 'rtt')]) {
      expect(measurement).toMatchObject({ transmitted: 4, received: 4 });
      expect(measurement).toHaveProperty('rttMicroseconds', expect.any(Number));
    }

    aggregator.lease({ seconds: 3, maxBitsPerSecond: 50_000_000 });
    await until(() => aggregator.of('a', 'bandwidth').length === 1);
    const [test] = aggregator.of('a', 'bandwidth');
    expect(test).toMatchObject({ destination: 'b', leaseId: 'lease-1' });
    const bandwidth = test?.kind === 'bandwidth' ? test.bandwidthBitsPerSecond : undefined;
    expect(bandwidth).toBeGreaterThan(45_000_000);
    expect(bandwidth).toBeLessThan(55_000_000);
    const end = Date.parse(test?.measuredAt ?? '');
    const during = [...aggregator.of('a', 'rtt'), ...aggregator.of('b', 'rtt')]
      .map(({ measuredAt }) => Date.parse(measuredAt))
      .filter((time) => time > end - 2800 && time < end - 100);
    expect(during).toEqual([]);

    aggregator.lease(undefined);
    const before = aggregator.of('b', 'rtt').length;
    await until(() => aggregator.of('b', 'rtt').length > before);
  });

  it('lose no measurement while the aggregator is away', async () => {
    aggregator.plan({ packets: 2, packetIntervalMilliseconds: 10 });
    const agent = start('a');
    await until(() => aggregator.of('a', 'rtt').length > 0);
    await aggregator.close();
    await until(async () => (await agent.metric('netaware_agent_measurements_spooled')) >= 3);
    await aggregator.listen();
    await until(async () => (await agent.metric('netaware_agent_measurements_spooled')) === 0);
    const measured = await agent.metric('netaware_agent_probes_total{outcome="answered"}');
    const times = () => [...new Set(aggregator.of('a', 'rtt').map(({ measuredAt }) => measuredAt))];
    await until(() => times().length >= measured);
    expect(times()).toEqual(times().toSorted());
  });

  it('end within a second of SIGTERM in the middle of a bandwidth test, and leave nothing running', async () => {
    aggregator.plan({ packets: 2, packetIntervalMilliseconds: 10 });
    const both = [start('a'), start('b')];
    aggregator.lease({ seconds: 20, maxBitsPerSecond: 1_000_000 });
    await until(() => commandsIn('nwag-a').includes('iperf3') && commandsIn('nwag-b').includes('iperf3'));
    for (const agent of both) {
      const { milliseconds, code } = await agent.terminate();
      expect(milliseconds).toBeLessThan(1000);
      expect(code).toBe(0);
    }
    expect(commandsIn('nwag-a')).toEqual([]);
    expect(commandsIn('nwag-b')).toEqual([]);
  });

  it('end within a second of SIGTERM in the middle of a ping, and leave nothing running', async () => {
    aggregator.plan({ packets: 1000, packetIntervalMilliseconds: 100 });
    const agent = start('a');
    await until(() => commandsIn('nwag-a').includes('ping'));
    expect((await agent.terminate()).milliseconds).toBeLessThan(1000);
    expect(commandsIn('nwag-a')).toEqual([]);
    expect(aggregator.of('a', 'rtt')).toEqual([]);
  });

  it('measure RTT and bandwidth without any rights, in a file system that is read-only', async () => {
    aggregator.plan({ packets: 2, packetIntervalMilliseconds: 10 });
    const both = [start('a', RESTRICTED), start('b', RESTRICTED)];
    await until(() => aggregator.of('a', 'rtt').length > 0 && aggregator.of('b', 'rtt').length > 0);
    for (const measurement of [...aggregator.of('a', 'rtt'), ...aggregator.of('b', 'rtt')]) {
      expect(measurement).toMatchObject({ transmitted: 2, received: 2 });
    }
    for (const agent of both) {
      expect(agent.status('Uid')).toBe('65532 65532 65532 65532');
      expect(agent.status('NoNewPrivs')).toBe('1');
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(agent.status(set)).toMatch(/^0+$/);
      expect(agent.isReadOnly('/')).toBe(true);
    }

    aggregator.lease({ seconds: 5, maxBitsPerSecond: 50_000_000 });
    await until(() => listenersIn('nwag-b').includes(`${HOSTS.b.address}:${LEASE_PORT}`));
    expect(listenersIn('nwag-b').filter((address) => address.endsWith(`:${LEASE_PORT}`))).toHaveLength(1);
    await until(() => aggregator.of('a', 'bandwidth').length === 1);
    expect(aggregator.of('a', 'bandwidth')[0]).not.toHaveProperty('error');
  }, 90_000);

  it('report no loss where ping may not run, and say what to do', async () => {
    aggregator.plan({ packets: 2, packetIntervalMilliseconds: 10 });
    const agent = start('a', ['setpriv', '--bounding-set', '-all']);
    await until(async () => (await agent.metric('netaware_agent_probes_total{outcome="failed"}')) >= 2);
    expect(aggregator.of('a', 'rtt')).toEqual([]);
    expect(agent.log().match(/ping may not be executed \(EPERM\): .*ping_group_range/g)).toHaveLength(1);
  });
});

interface PingSettings {
  packets: number;
  packetIntervalMilliseconds: number;
}

/** Speaks the agent protocol, checks what it gets with its schemas and keeps it. */
class FakeAggregator {
  port = 0;
  readonly received: { node: string; measurement: Measurement }[] = [];
  #server: Server | undefined;
  #ping: PingSettings | undefined;
  #lease: BandwidthLease | undefined;
  #revision = 0;
  #waiting: (() => void)[] = [];

  async listen(): Promise<void> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.listen(this.port, '0.0.0.0');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    this.#server?.closeAllConnections();
    await closed;
  }

  plan(ping: PingSettings): void {
    this.#ping = ping;
    this.#changed();
  }

  lease(test: { seconds: number; maxBitsPerSecond: number } | undefined): void {
    this.#lease = test && {
      ...test,
      id: 'lease-1',
      role: 'client',
      peer: 'b',
      address: HOSTS.b.address,
      port: LEASE_PORT,
      omitSeconds: 0,
      deadlineMilliseconds: 30_000,
    };
    this.#changed();
  }

  of(node: HostName, kind: Measurement['kind']): Measurement[] {
    return this.received
      .filter((entry) => entry.node === node && entry.measurement.kind === kind)
      .map(({ measurement }) => measurement);
  }

  #changed(): void {
    this.#revision += 1;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://aggregator');
    if (url.pathname === '/v1/reports') return this.#takeReport(request, response);
    if (url.searchParams.get('after') === String(this.#revision)) {
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
    response.end(JSON.stringify(this.#planFor(url.searchParams.get('node') === 'a' ? 'a' : 'b')));
  }

  async #takeReport(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { node, measurements } = report.parse(JSON.parse(body));
    this.received.push(...measurements.map((measurement) => ({ node, measurement })));
    response.end(JSON.stringify({ accepted: measurements.length, duplicates: 0 }));
  }

  #planFor(node: HostName) {
    const peer = node === 'a' ? 'b' : 'a';
    const role = node === 'a' ? 'client' : 'server';
    return probePlan.parse({
      node,
      revision: String(this.#revision),
      probe: { ...this.#ping, intervalSeconds: 1, bandwidth: {} },
      peers: [{ node: peer, address: HOSTS[peer].address }],
      lease: this.#lease && { ...this.#lease, role, peer },
    });
  }
}

interface Agent {
  log(): string;
  /** A line of its /proc status. */
  status(field: string): string | undefined;
  isReadOnly(mountPoint: string): boolean;
  /** The value of one series, 0 where it is not there yet. */
  metric(series: string): Promise<number>;
  terminate(): Promise<{ milliseconds: number; code: number | null }>;
  kill(): Promise<void>;
}

function startAgentProcess(name: HostName, aggregatorPort: number, wrapper: string[]): Agent {
  const { namespace, address, management, gateway } = HOSTS[name];
  const command = [...wrapper, process.execPath, '--input-type=module', '--eval', AGENT_PROGRAM];
  // `ip netns exec` becomes the command, so that signals reach the agent itself.
  const child: ChildProcess = spawn('ip', ['netns', 'exec', namespace, ...command], {
    env: {
      ...process.env,
      NETAWARE_NODE: name,
      NETAWARE_AGGREGATOR_URL: `http://${gateway}:${aggregatorPort}`,
      NETAWARE_LISTEN_PORT: String(LISTEN_PORT),
      NETAWARE_IPERF3_BIND_ADDRESS: address,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  return {
    log: () => log,
    status: (field) => {
      const line = readFileSync(`/proc/${child.pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s+(.*)$`, 'm'));
      return line?.[1]?.replaceAll(/\s+/g, ' ');
    },
    isReadOnly: (mountPoint) =>
      readFileSync(`/proc/${child.pid}/mounts`, 'utf8')
        .split('\n')
        .some((line) => line.split(' ')[1] === mountPoint && line.split(' ')[3]?.split(',').includes('ro') === true),
    async metric(series) {
      const metrics = await fetch(`http://${management}:${LISTEN_PORT}/metrics`).then(
        (response) => response.text(),
        () => '',
      );
      const line = metrics.split('\n').find((candidate) => candidate.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1) ?? 0);
    },
    async terminate() {
      const sentAt = performance.now();
      child.kill('SIGTERM');
      const [code] = await exited;
      return { milliseconds: performance.now() - sentAt, code };
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function until(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  return vi.waitUntil(condition, { timeout: 20_000, interval: 50 });
}

/** Addresses with ports on which TCP listens in a network namespace. */
function listenersIn(namespace: string): string[] {
  return execFileSync('ip', ['netns', 'exec', namespace, 'ss', '-Hltn'], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => line.split(/\s+/)[3] ?? []);
}

/** Names of the processes in a network namespace. */
function commandsIn(namespace: string): string[] {
  const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).split('\n').filter(Boolean);
  if (pids.length === 0) return [];
  return spawnSync('ps', ['-o', 'comm=', '-p', pids.join(',')], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean);
}

function makeHosts(): void {
  for (const { namespace, management, gateway } of Object.values(HOSTS)) {
    const outside = `${namespace}-out`;
    ip('netns', 'add', namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', 'mgmt', 'netns', namespace);
    ip('address', 'add', `${gateway}/30`, 'dev', outside);
    ip('link', 'set', outside, 'up');
    ip('-n', namespace, 'address', 'add', `${management}/30`, 'dev', 'mgmt');
    ip('-n', namespace, 'link', 'set', 'mgmt', 'up');
  }
  const [near, far] = [HOSTS.a.namespace, HOSTS.b.namespace];
  ip('link', 'add', 'eth0', 'netns', near, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', far);
  for (const { namespace, address } of Object.values(HOSTS)) {
    ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', namespace, 'link', 'set', 'eth0', 'up');
  }
}

/** The links go with the namespaces. */
function removeHosts(): void {
  for (const { namespace } of Object.values(HOSTS)) {
    spawnSync('ip', ['netns', 'del', namespace]);
    spawnSync('ip', ['link', 'del', `${namespace}-out`]);
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args);
}

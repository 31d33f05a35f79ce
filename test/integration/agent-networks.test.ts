import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Measurement } from '#core/api/agent.ts';
import { median } from '#core/statistics.ts';
import { type Agent, LISTEN_PORT, startAgentProcess, until } from '#test/agents/agent-process.ts';
import { FakeAggregator } from '#test/agents/fake-aggregator.ts';
import { answerPings, HOSTS, type HostName, makeHosts, removeHosts } from '#test/agents/two-hosts.ts';
import { meetsRequirements } from '#test/requirements.ts';

const PACE = { packets: 4, packetIntervalMilliseconds: 10 };
/** As under a security profile that keeps ping from running. */
const WITHOUT_CAPABILITIES = ['setpriv', '--bounding-set', '-all'];

/** As in the host's network: root with one capability, a ping without any of its own, and no sysctl for it. */
const AS_ON_HOST = [
  ...['unshare', '--mount', 'sh', '-euc'],
  `ping=$(command -v ping)
  mount -t tmpfs -o mode=755 tmpfs /mnt
  cp "$ping" /mnt/ping
  echo "1 0" > /proc/sys/net/ipv4/ping_group_range
  export PATH="/mnt:$PATH"
  exec setpriv --inh-caps=-all --bounding-set=-all,+net_raw --no-new-privs "$@"`,
  'sh',
];

const canRun = meetsRequirements('agents in every kind of network', {
  root: true,
  tools: ['ip', 'ping', 'iperf3', 'setpriv', 'unshare'],
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
    for (const name of ['a', 'b'] as const) answerPings(name, true);
  });

  function start(name: HostName, wrapper: string[] = [], settings: Record<string, string> = {}): Agent {
    const agent = startAgentProcess(name, aggregator.port, wrapper, settings);
    agents.push(agent);
    return agent;
  }

  const rtts = (name: HostName) => aggregator.of(name, 'rtt');
  const byTcp = (measurement: Measurement) => measurement.kind === 'rtt' && measurement.method === 'tcp';

  it('time TCP connections where ICMP is not answered, and return to ping when it is', async () => {
    answerPings('b', false);
    aggregator.plan(PACE, { tcpPort: LISTEN_PORT });
    const agent = start('a');
    start('b');
    await until(() => rtts('a').some(byTcp) && rtts('b').length > 0);
    for (const measurement of rtts('a'))
      expect(measurement).toMatchObject({ method: 'tcp', transmitted: 4, received: 4 });
    expect(rtts('b')[0]).toMatchObject({ method: 'icmp', received: 4 });
    expect(await agent.metric('netaware_agent_links{method="tcp"}')).toBe(1);
    expect(await agent.metric('netaware_agent_probe_failures_total{method="icmp",class="timeout"}')).toBe(1);
    expect(aggregator.ports).toEqual(new Set([String(LISTEN_PORT)]));

    answerPings('b', true);
    await until(() => rtts('a').some((measurement) => !byTcp(measurement)), 60_000);
    expect(await agent.metric('netaware_agent_links{method="tcp"}')).toBe(0);
  }, 90_000);

  it('take a refused connection for an answer: nothing has to listen at the peer', async () => {
    answerPings('b', false);
    aggregator.plan(PACE, { tcpPort: 1 });
    start('a');
    await until(() => rtts('a').length > 1);
    for (const measurement of rtts('a')) expect(measurement).toMatchObject({ method: 'tcp', received: 4 });
  });

  it('time TCP connections where ping may not run', async () => {
    aggregator.plan(PACE, { tcpPort: LISTEN_PORT });
    const agent = start('a', WITHOUT_CAPABILITIES);
    await until(() => rtts('a').length > 1);
    for (const measurement of rtts('a')) expect(measurement).toMatchObject({ method: 'tcp', received: 4 });
    expect(await agent.metric('netaware_agent_probe_failures_total{method="icmp",class="permission"}')).toBe(1);
  });

  it.each([{ ipv6: false }, { ipv6: true }])(
    'ping as root with that one capability (IPv6: $ipv6)',
    async ({ ipv6 }) => {
      aggregator.plan(PACE, { ipv6, tcpPort: LISTEN_PORT });
      const agent = start('a', AS_ON_HOST);
      await until(() => rtts('a').length > 0);
      expect(rtts('a')[0]).toMatchObject({ method: 'icmp', received: 4 });
      expect(agent.status('CapEff')).toBe('0000000000002000');
      expect(agent.status('NoNewPrivs')).toBe('1');
    },
  );

  it('say that a link is silent where neither is answered', async () => {
    aggregator.plan(PACE, { tcpPort: LISTEN_PORT });
    // An address of the link that no host has: the kernel says so after a while.
    const { address } = HOSTS.b;
    HOSTS.b.address = '198.18.213.77';
    try {
      const agent = start('a');
      await until(() => rtts('a').length > 0, 60_000);
      expect(rtts('a')[0]).toMatchObject({ method: 'icmp', received: 0 });
      expect(rtts('a')[0]).not.toHaveProperty('rttMicroseconds');
      expect(agent.log()).toMatch(/"class":"(unreachable|timeout)","msg":"a peer does not answer"/);
    } finally {
      HOSTS.b.address = address;
    }
  }, 90_000);

  it('measure round trips and bandwidth by IPv6 alone, and talk to the aggregator by it', async () => {
    const ipv6 = (name: HostName) => ({
      NETAWARE_AGGREGATOR_URL: `http://[${HOSTS[name].ipv6Gateway}]:${aggregator.port}`,
      NETAWARE_IPERF3_BIND_ADDRESS: HOSTS[name].ipv6Address,
    });
    aggregator.plan(PACE, { ipv6: true, tcpPort: LISTEN_PORT });
    start('a', [], ipv6('a'));
    start('b', WITHOUT_CAPABILITIES, ipv6('b'));
    await until(() => rtts('a').length > 0 && rtts('b').length > 0);
    expect(rtts('a')[0]).toMatchObject({ method: 'icmp', received: 4 });
    expect(rtts('b')[0]).toMatchObject({ method: 'tcp', received: 4 });

    aggregator.lease({ seconds: 1, maxBitsPerSecond: 50_000_000 });
    await until(() => aggregator.of('a', 'bandwidth').length === 1);
    expect(aggregator.of('a', 'bandwidth')[0]).not.toHaveProperty('error');
    expect(aggregator.of('a', 'bandwidth')[0]).toHaveProperty('congestionControl', expect.any(String));
  });

  it('serve a bandwidth test of the other family than they are told to listen at', async () => {
    aggregator.plan(PACE, { ipv6: true });
    start('a');
    start('b');
    aggregator.lease({ seconds: 1, maxBitsPerSecond: 10_000_000 });
    await until(() => aggregator.of('a', 'bandwidth').length === 1);
    expect(aggregator.of('a', 'bandwidth')[0]).not.toHaveProperty('error');
  });

  it('measure jitter and loss with UDP', async () => {
    aggregator.plan(PACE);
    start('a');
    start('b');
    aggregator.lease({ seconds: 2, maxBitsPerSecond: 20_000_000, protocol: 'udp' });
    await until(() => aggregator.of('a', 'bandwidth').length === 1);
    const [test] = aggregator.of('a', 'bandwidth');
    expect(test).toMatchObject({ protocol: 'udp', jitterMicroseconds: expect.any(Number) });
    expect(test).toHaveProperty('lossPartsPerMillion', expect.any(Number));
    // A machine with other work gives up some of what it was to send.
    const rate = test?.kind === 'bandwidth' ? (test.bandwidthBitsPerSecond ?? 0) : 0;
    expect(rate).toBeGreaterThan(1_000_000);
    expect(rate).toBeLessThan(25_000_000);
    expect(test).not.toHaveProperty('congestionControl');
  });

  it('tell by TCP connections what they tell by ping, and what the event loop adds to it', async () => {
    answerPings('b', false);
    aggregator.plan(PACE, { tcpPort: LISTEN_PORT });
    start('a');
    start('b');
    await until(() => rtts('a').length >= 5 && rtts('b').length >= 5);
    const middle = (name: HostName) =>
      median(rtts(name).flatMap((each) => (each.kind === 'rtt' ? (each.rttMicroseconds ?? []) : []))) ?? 0;
    process.stderr.write(`one link, microseconds: TCP ${middle('a')}, ping ${middle('b')}\n`);
    // More than ping's, by no more than a busy machine adds; what is added does not depend on the link.
    expect(middle('a')).toBeGreaterThan(0);
    expect(middle('a') - middle('b')).toBeLessThan(20_000);
  });
});

describe.runIf(canRun)('an agent without Kubernetes', () => {
  let folder: string;
  let agent: Agent | undefined;

  beforeAll(() => {
    removeHosts();
    makeHosts();
    folder = mkdtempSync(join(tmpdir(), 'netaware-peers-'));
  });
  afterEach(() => agent?.kill());
  afterAll(() => {
    removeHosts();
    rmSync(folder, { recursive: true });
  });

  it('probes the peers in its file and prints what it measured, and takes up changes of the file', async () => {
    const file = join(folder, 'peers.yaml');
    const peersAt = (address: string) =>
      JSON.stringify({ node: 'a', probe: { intervalSeconds: 1, packets: 2 }, peers: [{ node: 'b', address }] });
    writeFileSync(file, peersAt(HOSTS.b.address));
    const started = startAgentProcess('a', 0, [], { NETAWARE_PEERS_FROM: file, NETAWARE_AGGREGATOR_URL: '' });
    agent = started;
    const lines = () =>
      started
        .output()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    await until(() => lines().length > 0);
    expect(lines()[0]).toMatchObject({ node: 'a', kind: 'rtt', destination: 'b', method: 'icmp', received: 2 });

    writeFileSync(file, 'peers: [');
    await until(() => started.log().includes('peers file is bad'));
    const before = lines().length;
    await until(() => lines().length > before);

    writeFileSync(
      file,
      JSON.stringify({
        ...JSON.parse(peersAt(HOSTS.b.ipv6Address)),
        peers: [{ node: 'c', address: HOSTS.b.ipv6Address }],
      }),
    );
    await until(() => lines().some(({ destination }) => destination === 'c'));
    expect((await started.terminate()).code).toBe(0);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, startAgentProcess, until } from '#test/agents/agent-process.ts';
import { FakeAggregator, LEASE_PORT } from '#test/agents/fake-aggregator.ts';
import { commandsIn, HOSTS, type HostName, listenersIn, makeHosts, removeHosts } from '#test/agents/two-hosts.ts';
import { meetsRequirements } from '#test/requirements.ts';

// Two agents on hosts of their own; this process plays the aggregator. ping and iperf3 are the real ones.

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

import { type AddressInfo, createServer } from 'node:net';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAgentMetrics } from '#agent/metrics.ts';
import type { ProbeOutcome } from '#agent/probe-outcome.ts';
import type { Peer } from '#agent/probe-turns.ts';
import { createRttProber, type RttProber } from '#agent/rtt-prober.ts';
import { probePlan, type RttMeasurement } from '#core/api/agent.ts';
import { createLogger } from '#runtime/logger.ts';

let prober: RttProber | undefined;

afterEach(async () => {
  await prober?.stop();
});

describe('RTT prober', () => {
  it('reports answered and unanswered pings, and no failed ones', async () => {
    const { measurements, outcomes, follow } = start({
      '192.0.2.1': async () => ({ outcome: 'answered', ...PINGS, rttMicroseconds: 500, jitterMicroseconds: 9 }),
      '192.0.2.2': async () => ({ outcome: 'unanswered', transmitted: 7, received: 0, cause: 'timeout' }),
      '192.0.2.3': async () => ({ outcome: 'failed', cause: 'permission', reason: 'not permitted' }),
    });
    follow(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
    await vi.waitUntil(async () => Object.keys(await outcomes()).length === 3, { timeout: 5000 });
    const byPeer = Object.fromEntries(measurements.map((measurement) => [measurement.destination, measurement]));
    expect(byPeer['192.0.2.1']).toMatchObject({
      transmitted: 7,
      received: 6,
      rttMicroseconds: 500,
      jitterMicroseconds: 9,
    });
    expect(byPeer['192.0.2.2']).toMatchObject({ transmitted: 7, received: 0 });
    expect(byPeer['192.0.2.2']).not.toHaveProperty('rttMicroseconds');
    expect(byPeer['192.0.2.3']).toBeUndefined();
  });

  it('runs at most sixteen probes at once', async () => {
    let running = 0;
    let most = 0;
    let ended = 0;
    const { follow } = start({}, async () => {
      running += 1;
      most = Math.max(most, running);
      await vi.waitUntil(() => running === 16 || ended >= 16, { timeout: 5000 });
      running -= 1;
      ended += 1;
      return { outcome: 'unanswered', transmitted: 7, received: 0, cause: 'timeout' };
    });
    follow(Array.from({ length: 40 }, (_, peer) => `192.0.2.${peer}`));
    await vi.waitUntil(() => ended >= 40, { timeout: 10_000 });
    expect(most).toBe(16);
  });

  it('starts nothing while quiet, waits for probes under way, and goes on afterwards', async () => {
    const pings = heldPings();
    const { measurements, follow, outcomes } = start({}, pings.ping);
    follow(['192.0.2.1']);
    await vi.waitUntil(() => pings.waiting.length === 1, { timeout: 3000 });
    const quiet = prober?.quiesce();
    follow(['192.0.2.1', '192.0.2.2']);
    pings.answerAll();
    await quiet;
    expect(measurements).toHaveLength(1);
    // A turn that comes a second time while its peer still waits is skipped: then one surely has come while quiet.
    await vi.waitUntil(async () => (await outcomes()).skipped !== undefined, { timeout: 5000 });
    expect(pings.waiting).toEqual([]);
    prober?.resume();
    await vi.waitUntil(() => pings.waiting.length > 0, { timeout: 3000 });
  });

  it('ends a probe that a bandwidth test would disturb, and marks what it measured', async () => {
    const pings = heldPings();
    const { measurements, disturbed, follow } = start({}, pings.ping);
    follow(['192.0.2.1']);
    await vi.waitUntil(() => pings.waiting.length === 1, { timeout: 3000 });
    await prober?.quiesce();
    expect(pings.killed).toBe(1);
    expect(measurements).toMatchObject([{ destination: '192.0.2.1', disturbedBy: 'bandwidthTest' }]);
    expect(await disturbed()).toEqual({ bandwidthTest: 1 });
  });

  it('reports nothing of a probe that ended before it could measure', async () => {
    const { measurements, outcomes, follow } = start({}, async (_address, _settings, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { outcome: 'failed', cause: 'unparsable', reason: 'ping said nothing' };
    });
    follow(['192.0.2.1']);
    await vi.waitUntil(async () => (await outcomes()).skipped !== undefined, { timeout: 3000 });
    await prober?.quiesce();
    expect(measurements).toEqual([]);
    expect((await outcomes()).failed).toBeUndefined();
  });

  it('marks what was measured while the agent was throttled', async () => {
    const answer: ProbeOutcome = { outcome: 'answered', ...PINGS, rttMicroseconds: 500 };
    const heldBack = { throttled: true, busy: false };
    const { measurements, disturbed, follow } = start({ '192.0.2.1': async () => answer }, undefined, heldBack);
    follow(['192.0.2.1']);
    await vi.waitUntil(() => measurements.length > 0, { timeout: 3000 });
    expect(measurements[0]).toMatchObject({ rttMicroseconds: 500, method: 'icmp', disturbedBy: 'throttled' });
    expect((await disturbed()).throttled).toBeGreaterThan(0);
  });

  it('marks what was timed by its own event loop while that was busy, and no ping', async () => {
    const tcpPort = await closedPort();
    const loopback = { node: 'by-tcp', address: '127.0.0.1', tcpPort };
    const { measurements, links, follow } = start(
      {
        '127.0.0.1': async () => ({ outcome: 'failed', cause: 'permission', reason: 'not permitted' }),
        '192.0.2.1': async () => ({ outcome: 'answered', ...PINGS, rttMicroseconds: 500 }),
      },
      undefined,
      { throttled: false, busy: true },
    );
    follow(['192.0.2.1'], [loopback]);
    const of = (name: string) => measurements.find(({ destination }) => destination === name);
    await vi.waitUntil(() => of('by-tcp') !== undefined && of('192.0.2.1') !== undefined, { timeout: 5000 });
    expect(of('by-tcp')).toMatchObject({ method: 'tcp', disturbedBy: 'throttled', received: 7 });
    expect(of('192.0.2.1')).toMatchObject({ method: 'icmp' });
    expect(of('192.0.2.1')).not.toHaveProperty('disturbedBy');
    expect(await links()).toEqual({ icmp: 1, tcp: 1 });
  });

  it('counts failures by method and class', async () => {
    const { failures, follow } = start({
      '192.0.2.1': async () => ({ outcome: 'unanswered', transmitted: 7, received: 0, cause: 'unreachable' }),
      '192.0.2.2': async () => ({ outcome: 'failed', cause: 'permission', reason: 'not permitted' }),
    });
    follow(['192.0.2.1', '192.0.2.2']);
    await vi.waitUntil(async () => Object.keys(await failures()).length === 2, { timeout: 5000 });
    expect(Object.keys(await failures()).toSorted()).toEqual(['icmp permission', 'icmp unreachable']);
  });

  it('stops at once, whatever is under way', async () => {
    const pings = heldPings();
    const { follow } = start({}, pings.ping);
    follow(['192.0.2.1']);
    await vi.waitUntil(() => pings.waiting.length === 1, { timeout: 3000 });
    const started = performance.now();
    await prober?.stop();
    expect(performance.now() - started).toBeLessThan(200);
  });
});

/** Pings that answer when told to, or when killed. */
function heldPings() {
  const held = {
    waiting: [] as (() => void)[],
    killed: 0,
    ping: async (_address: string, _settings: unknown, signal: AbortSignal): Promise<ProbeOutcome> => {
      await new Promise<void>((resolve) => {
        held.waiting.push(resolve);
        signal.addEventListener('abort', () => {
          held.killed += 1;
          resolve();
        });
      });
      return { outcome: 'answered', ...PINGS, rttMicroseconds: 4300 };
    },
    answerAll: () => {
      for (const answer of held.waiting.splice(0)) answer();
    },
  };
  return held;
}

const PINGS = { transmitted: 7, received: 6, duplicates: 0 };

type Labels = Partial<Record<string, string | number>>;
type Values = { values: { labels: Labels; value: number }[] };

type Ping = (address: string, settings: unknown, signal: AbortSignal) => Promise<ProbeOutcome>;

function start(byAddress: Record<string, Ping>, otherwise?: Ping, heldBack = { throttled: false, busy: false }) {
  const measurements: RttMeasurement[] = [];
  const metrics = createAgentMetrics(new Registry());
  const started = createRttProber({
    node: 'a',
    metrics,
    logger: createLogger('test', 'silent'),
    onMeasurement: (measurement) => measurements.push(measurement),
    ping: (address, settings, signal) => {
      const ping = byAddress[address] ?? otherwise;
      if (ping === undefined) throw new Error(`unexpected address ${address}`);
      return ping(address, settings, signal);
    },
    watch: () => () => heldBack,
  });
  prober = started;
  const read = async (metric: { get(): Promise<Values> }, name: (labels: Labels) => unknown) =>
    Object.fromEntries((await metric.get()).values.map(({ labels, value }) => [String(name(labels)), value]));
  return {
    measurements,
    follow: (addresses: string[], peers: Peer[] = []) => started.follow(planOf(addresses, peers)),
    outcomes: () => read(metrics.probes, ({ outcome }) => outcome),
    failures: () => read(metrics.probeFailures, (labels) => `${labels.method} ${labels.class}`),
    disturbed: () => read(metrics.disturbed, ({ by }) => by),
    links: () => read(metrics.links, ({ method }) => method),
  };
}

/** A peer has its address for a name, unless it is given whole. */
function planOf(addresses: string[], others: Peer[]) {
  const peers = [...addresses.map((address) => ({ node: address, address })), ...others];
  const probe = { intervalSeconds: 1, packetIntervalMilliseconds: 2, bandwidth: {} };
  return probePlan.parse({ node: 'a', revision: '1', probe, peers });
}

function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAgentMetrics } from '#agent/metrics.ts';
import type { PingOutcome } from '#agent/ping.ts';
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
      '192.0.2.2': async () => ({ outcome: 'unanswered', transmitted: 7, received: 0 }),
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
      return { outcome: 'unanswered', transmitted: 7, received: 0 };
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

  it('kills and forgets a probe that a bandwidth test would disturb', async () => {
    const pings = heldPings();
    const { measurements, outcomes, follow } = start({}, pings.ping);
    follow(['192.0.2.1']);
    await vi.waitUntil(() => pings.waiting.length === 1, { timeout: 3000 });
    await prober?.quiesce();
    expect(pings.killed).toBe(1);
    expect(measurements).toEqual([]);
    expect((await outcomes()).answered).toBeUndefined();
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
    ping: async (_address: string, _settings: unknown, signal: AbortSignal): Promise<PingOutcome> => {
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

type Ping = (address: string, settings: unknown, signal: AbortSignal) => Promise<PingOutcome>;

function start(byAddress: Record<string, Ping>, otherwise?: Ping) {
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
  });
  prober = started;
  return {
    measurements,
    follow: (addresses: string[]) => started.follow(planOf(addresses)),
    outcomes: async () =>
      Object.fromEntries((await metrics.probes.get()).values.map(({ labels, value }) => [labels.outcome, value])),
  };
}

/** Every peer has its address for a name. */
function planOf(addresses: string[]) {
  const peers = addresses.map((address) => ({ node: address, address }));
  return probePlan.parse({ node: 'a', revision: '1', probe: { intervalSeconds: 1, bandwidth: {} }, peers });
}

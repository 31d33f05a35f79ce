import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BandwidthTester, createBandwidthTester } from '#agent/bandwidth-tester.ts';
import { createAgentMetrics } from '#agent/metrics.ts';
import type { BandwidthLease, BandwidthMeasurement } from '#core/api/agent.ts';
import { createLogger } from '#runtime/logger.ts';

const testers: BandwidthTester[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(testers.splice(0).map((tester) => tester.stop()));
});

describe('bandwidth tester, with the real iperf3 on the loopback', () => {
  it('measures, the client waiting for the server, and keeps both nodes quiet meanwhile', async () => {
    const lease = await leaseOnFreePort({ maxBitsPerSecond: 100_000_000 });
    const client = start();
    const server = start();
    client.tester.follow({ ...lease, role: 'client' });
    await vi.waitUntil(() => client.events.length === 1);
    server.tester.follow({ ...lease, role: 'server' });
    await vi.waitUntil(() => client.measurements.length === 1 && server.events.length === 2, { timeout: 10_000 });
    const [measurement] = client.measurements;
    expect(measurement).toMatchObject({ kind: 'bandwidth', destination: 'b', leaseId: 'lease' });
    expect(measurement?.bandwidthBitsPerSecond).toBeGreaterThan(80_000_000);
    expect(measurement?.bandwidthBitsPerSecond).toBeLessThan(120_000_000);
    expect(client.events).toEqual(['quiet', 'resumed']);
    expect(server.events).toEqual(['quiet', 'resumed']);
    expect(server.measurements).toEqual([]);
  });

  it('reports why there was no test where no server came up within the lease', async () => {
    const { tester, measurements, events } = start();
    tester.follow(await leaseOnFreePort({ role: 'client', deadlineMilliseconds: 400 }));
    await vi.waitUntil(() => measurements.length === 1, { timeout: 3000 });
    expect(measurements[0]).toMatchObject({ error: 'unable to connect to server: Connection refused' });
    expect(measurements[0]).not.toHaveProperty('bandwidthBitsPerSecond');
    expect(events).toEqual(['quiet', 'resumed']);
  });

  it('says what to do where iperf3 has no folder for its files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'netaware-iperf3-'));
    const answer = '{"end":{},"error":"unable to create a new stream: Read-only file system"}';
    await writeFile(join(folder, 'iperf3'), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
    vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
    vi.stubEnv('TMPDIR', '/read-only');
    const { tester, measurements } = start();
    tester.follow(await leaseOnFreePort({ role: 'client' }));
    await vi.waitUntil(() => measurements.length === 1, { timeout: 10_000 });
    expect(measurements[0]).toHaveProperty('error', expect.stringMatching(/Read-only.*write files in \/read-only/));
    await rm(folder, { recursive: true });
  });

  it('takes part in a lease only once, however often the plan has it', async () => {
    const { tester, measurements } = start();
    const lease = await leaseOnFreePort({ role: 'client', deadlineMilliseconds: 300 });
    tester.follow(lease);
    await vi.waitUntil(() => measurements.length === 1, { timeout: 3000 });
    tester.follow(lease);
    tester.follow(undefined);
    tester.follow({ ...lease, id: 'next' });
    await vi.waitUntil(() => measurements.length === 2, { timeout: 3000 });
    expect(measurements.map(({ leaseId }) => leaseId)).toEqual(['lease', 'next']);
  });

  it('ends the server at the end of its lease', async () => {
    const { tester, events } = start();
    tester.follow(await leaseOnFreePort({ role: 'server', deadlineMilliseconds: 300 }));
    await vi.waitUntil(() => events.length === 2, { timeout: 3000 });
    expect(events).toEqual(['quiet', 'resumed']);
  });

  it('gives up a lease when the next one comes', async () => {
    const { tester, events } = start();
    const lease = await leaseOnFreePort({ role: 'server', deadlineMilliseconds: 60_000 });
    tester.follow(lease);
    await vi.waitUntil(() => events.length === 1);
    tester.follow({ ...lease, id: 'next', deadlineMilliseconds: 200 });
    await vi.waitUntil(() => events.length === 4, { timeout: 3000 });
    expect(events).toEqual(['quiet', 'resumed', 'quiet', 'resumed']);
  });

  it('stops at once in the middle of a test and reports nothing', async () => {
    const { tester, events, measurements } = start();
    tester.follow(await leaseOnFreePort({ role: 'server', deadlineMilliseconds: 60_000 }));
    await vi.waitUntil(() => events.length === 1);
    const started = performance.now();
    await tester.stop();
    expect(performance.now() - started).toBeLessThan(500);
    expect(measurements).toEqual([]);
  });
});

function start() {
  const events: string[] = [];
  const measurements: BandwidthMeasurement[] = [];
  const tester = createBandwidthTester({
    bindAddress: '127.0.0.1',
    prober: { quiesce: async () => void events.push('quiet'), resume: () => void events.push('resumed') },
    metrics: createAgentMetrics(new Registry()),
    logger: createLogger('test', 'silent'),
    onMeasurement: (measurement) => measurements.push(measurement),
  });
  testers.push(tester);
  return { tester, events, measurements };
}

async function leaseOnFreePort(fields: Partial<BandwidthLease>): Promise<BandwidthLease> {
  return {
    id: 'lease',
    role: 'client',
    peer: 'b',
    address: '127.0.0.1',
    port: await freePort(),
    seconds: 1,
    omitSeconds: 0,
    maxBitsPerSecond: 10_000_000,
    deadlineMilliseconds: 10_000,
    ...fields,
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

import { beforeEach, describe, expect, it } from 'vitest';
import { Aggregation } from '#aggregator/aggregation.ts';
import { makeClusterNodes } from '#aggregator/builders.ts';
import { SliceWriter } from '#aggregator/publishing/slice-writer.ts';
import { networkTopologySpec } from '#core/api/network-topology.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { AppError } from '#core/errors.ts';
import { createRandom } from '#core/random.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { NOW_MS } from '#test/builders.ts';

const PROBE_MS = 15_000;
const WRITE_MS = 2000;

/** A cluster that reports to an aggregation whose slices are written; the only clock is `nowMs`. */
class Network {
  nowMs = NOW_MS;
  away = false;
  readonly written: { slice: NetworkTopologySlice; atMs: number }[] = [];
  readonly aggregation = new Aggregation({
    changed: () => {},
    measured: () => {},
    rejected: () => {},
    leaseEnded: () => {},
  });
  readonly writer: SliceWriter;

  constructor(nodes: number) {
    this.aggregation.updateCluster(makeClusterNodes(nodes), networkTopologySpec.parse({}), this.nowMs);
    const client = {
      apply: async (_path: string, _manager: string, slice: NetworkTopologySlice) => {
        if (this.away) throw new AppError('UNAVAILABLE', 'connection refused');
        this.written.push({ slice, atMs: this.nowMs });
      },
    };
    this.writer = new SliceWriter(client as unknown as KubernetesClient, this.aggregation, WRITE_MS, () => this.nowMs);
  }

  probe(origin: string, destination: string, rttMicroseconds: number, more: object = {}): void {
    const measuredAt = new Date(this.nowMs).toISOString();
    const probe = { kind: 'rtt', destination, measuredAt, transmitted: 7, received: 7, rttMicroseconds, ...more };
    this.aggregation.takeReport({ node: origin, measurements: [probe] }, this.nowMs);
  }

  /** Twice: of a link that is new, nothing is told before. */
  probeTwice(origin: string, destination: string, rttMicroseconds: number): void {
    this.nowMs -= 1;
    this.probe(origin, destination, rttMicroseconds);
    this.nowMs += 1;
    this.probe(origin, destination, rttMicroseconds);
  }

  write(): Promise<'done' | 'again'> {
    return this.writer.write(this.nowMs);
  }

  /** The RTT that the last slice of n0 has. */
  published(destination = 'n1'): number | undefined {
    const last = this.written.findLast(({ slice }) => slice.origin === 'n0');
    return last?.slice.links.find((link) => link.destination === destination)?.rttMicroseconds;
  }
}

describe('what is written of a network', () => {
  let network: Network;
  beforeEach(() => {
    network = new Network(3);
  });

  async function probeAndWrite(rtt: number, more: object = {}): Promise<number | undefined> {
    network.nowMs += PROBE_MS;
    network.probe('n0', 'n1', rtt, more);
    await network.write();
    return network.published();
  }

  it.each([
    { from: 40_000, to: 5000 },
    { from: 5000, to: 40_000 },
    { from: 300, to: 1000 },
  ])('has a step from $from to $to us within two intervals, and back', async ({ from, to }) => {
    const noise = createRandom(1);
    const around = (rtt: number) => Math.round(rtt * (0.98 + 0.04 * noise()));
    for (let probe = 0; probe < 10; probe += 1) await probeAndWrite(around(from));
    for (const [before, after] of [
      [from, to],
      [to, from],
    ] as const) {
      expect(Math.abs(((await probeAndWrite(around(after))) ?? 0) / before - 1)).toBeLessThan(0.05);
      expect(Math.abs(((await probeAndWrite(around(after))) ?? 0) / after - 1)).toBeLessThan(0.05);
      for (let probe = 0; probe < 5; probe += 1) await probeAndWrite(around(after));
    }
  });

  it('never has a single outlier, however many come one by one', async () => {
    for (let probe = 0; probe < 3; probe += 1) await probeAndWrite(40_000);
    for (const outlier of [5000, 90_000, 200, 4_000_000, 1, 60_000]) {
      expect(await probeAndWrite(outlier)).toBe(40_000);
      expect(await probeAndWrite(40_000)).toBe(40_000);
    }
  });

  it('never has an outlier that comes first, nor a step too late because of it', async () => {
    expect(await probeAndWrite(90_000, { jitterMicroseconds: 20_000 })).toBe(undefined);
    expect(await probeAndWrite(40_000)).toBe(undefined);
    for (let probe = 0; probe < 4; probe += 1) expect(await probeAndWrite(40_000)).toBe(40_000);
    expect(await probeAndWrite(5000)).toBe(40_000);
    expect(await probeAndWrite(5000)).toBe(5000);
  });

  it.each([
    { from: 40_000, to: 5000 },
    { from: 10_000, to: 15_500 },
  ])('has a step from $from to $to us at once also where the first pings jittered', async ({ from, to }) => {
    for (let probe = 0; probe < 20; probe += 1) {
      await probeAndWrite(from, { jitterMicroseconds: probe < 2 ? from / 2 : 100 });
    }
    await probeAndWrite(to, { jitterMicroseconds: 100 });
    expect(await probeAndWrite(to, { jitterMicroseconds: 100 })).toBe(to);
  });

  it('has nothing of samples that were disturbed', async () => {
    for (let probe = 0; probe < 2; probe += 1) await probeAndWrite(40_000);
    for (let probe = 0; probe < 5; probe += 1) {
      expect(await probeAndWrite(5000, { disturbedBy: probe % 2 === 0 ? 'throttled' : 'bandwidthTest' })).toBe(40_000);
    }
  });
});

describe('slices are written', () => {
  let network: Network;
  beforeEach(() => {
    network = new Network(3);
  });

  it('at once where a change matters, and not where it does not', async () => {
    network.probeTwice('n0', 'n1', 5000);
    expect(await network.write()).toBe('done');
    network.nowMs += 1000;
    network.probe('n0', 'n1', 5005);
    expect(await network.write()).toBe('done');
    expect(network.written).toHaveLength(1);
    network.probeTwice('n0', 'n2', 5000);
    await network.write();
    expect(network.written).toHaveLength(2);
  });

  it('once for new links that are confirmed one after the other, and not for one that stays alone', async () => {
    network.probeTwice('n0', 'n1', 5000);
    await network.write();
    network.aggregation.updateCluster(makeClusterNodes(5), networkTopologySpec.parse({}), network.nowMs);
    await network.write();
    const before = network.written.length;
    const probeAndWrite = async (rtts: Record<string, number>) => {
      network.nowMs += PROBE_MS;
      for (const [destination, rtt] of Object.entries(rtts)) network.probe('n0', destination, rtt);
      await network.write();
      return network.written.length - before;
    };
    expect(await probeAndWrite({ n2: 5000, n3: 90_000, n4: 5000 })).toBe(0);
    expect(await probeAndWrite({ n2: 5000, n3: 5000 })).toBe(0);
    expect(await probeAndWrite({ n2: 5000, n3: 5000 })).toBe(0);
    expect(await probeAndWrite({ n2: 5000, n3: 5000 })).toBe(1);
    expect(network.written.at(-1)?.slice.links.map(({ destination }) => destination)).toEqual(['n1', 'n2', 'n3']);
  });

  it('with new links after two intervals at the latest, also where others go on coming', async () => {
    network.probeTwice('n0', 'n1', 5000);
    await network.write();
    let told = 1;
    for (let nodes = 4; nodes < 30; nodes += 1) {
      network.aggregation.updateCluster(makeClusterNodes(nodes), networkTopologySpec.parse({}), network.nowMs);
      await network.write();
      network.nowMs += PROBE_MS;
      for (const { name } of network.aggregation.nodes()) if (name !== 'n0') network.probe('n0', name, 5000);
      await network.write();
      told = network.written.at(-1)?.slice.links.length ?? 0;
      // The newest was probed once, and those before it are new for two intervals at most.
      expect(told).toBeGreaterThanOrEqual(nodes - 1 - 4);
    }
  });

  it('of one node no more often than its rate after a burst, with what holds then', async () => {
    for (let second = 0; second < 60; second += 1) {
      network.nowMs += 1000;
      // Every second one on the other side: a new level every two.
      network.probe('n0', 'n1', 5000 * (1 + (Math.floor(second / 2) % 2)));
      await network.write();
    }
    const span = (network.nowMs - NOW_MS) / WRITE_MS;
    expect(network.written.length).toBeLessThanOrEqual(3 + span);
    expect(network.written.length).toBeGreaterThan(span / 2);
  });

  it('of all nodes no more often than their rate, in the order in which they changed, and all in the end', async () => {
    const large = new Network(500);
    const names = large.aggregation.nodes().map(({ name }) => name);
    for (const name of names) large.probeTwice(name, name === 'n0' ? 'n1' : 'n0', 5000);
    expect(await large.write()).toBe('again');
    expect(large.written).toHaveLength(200);
    large.nowMs += 1000;
    large.probeTwice('n0', 'n2', 5000);
    await large.write();
    expect(large.written).toHaveLength(300);
    for (let second = 0; second < 3; second += 1) {
      large.nowMs += 1000;
      await large.write();
    }
    expect(await large.write()).toBe('done');
    const origins = large.written.map(({ slice }) => slice.origin);
    expect(origins.slice(0, 500)).toEqual(names);
    // What changed while others waited has its turn after them.
    expect(origins.slice(500)).toEqual(['n0']);
  });

  it('when the API server is back, and it is not asked all the time until then', async () => {
    network.away = true;
    network.probeTwice('n0', 'n1', 5000);
    network.probeTwice('n1', 'n0', 5000);
    await expect(network.write()).rejects.toThrow('connection refused');
    expect(await network.write()).toBe('again');
    network.away = false;
    network.nowMs += WRITE_MS;
    expect(await network.write()).toBe('done');
    expect(network.written.map(({ slice }) => slice.origin).toSorted()).toEqual(['n0', 'n1']);
  });
});

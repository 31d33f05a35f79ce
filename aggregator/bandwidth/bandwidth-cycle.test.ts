import { describe, expect, it } from 'vitest';
import { Aggregation } from '#aggregator/aggregation.ts';
import { makeClusterNodes } from '#aggregator/builders.ts';
import { networkTopologySpec } from '#core/api/network-topology.ts';
import { pairKey } from '#core/measurement/bandwidth-rounds.ts';
import { createRandom } from '#core/random.ts';
import { NOW_MS } from '#test/builders.ts';

const TEST_MS = 3000;
const STEP_MS = 100;
/** Some 5,000 tests and as many reports: much work on a busy machine. */
const WORK_MS = 120_000;
const WITHOUT_BUDGET = { budgetPercent: 100, bytesPerHour: 1e15 };

/** Agents that are told of a test and tell of its end within so much time each, and a second's tick; `now` is the only clock. */
class Cluster {
  now = NOW_MS;
  readonly tested: { origin: string; destination: string; startedMs: number; endedMs: number }[] = [];
  readonly #aggregation = new Aggregation({
    changed: () => {},
    measured: () => {},
    rejected: () => {},
    leaseEnded: () => {},
  });
  readonly #random = createRandom(7);
  readonly #running = new Map<string, { origin: string; destination: string; startedMs: number; endsMs: number }>();
  readonly #names: string[];

  constructor(count: number, zones: number) {
    const nodes = makeClusterNodes(count, zones);
    this.#names = nodes.map(({ name }) => name);
    const probe = { peersPerNode: count - 1, bandwidth: WITHOUT_BUDGET };
    this.#aggregation.updateCluster(nodes, networkTopologySpec.parse({ probe }), this.now);
    this.#pingAll();
  }

  /** Goes on until every pair was tested once; in ms since the start. */
  firstCycleMs(pairs: number): number {
    const seen = new Set<string>();
    while (seen.size < pairs) {
      this.now += STEP_MS;
      const ticked = (this.now - NOW_MS) % 1000 === 0;
      if (ticked) this.#tick();
      if (this.#endTests() || ticked) this.#learnTests();
      for (const link of this.tested.slice(seen.size)) seen.add(pairKey(link));
      if (this.now > NOW_MS + 86_400_000) throw new Error(`only ${seen.size} of ${pairs} pairs were tested in a day`);
    }
    return this.now - NOW_MS;
  }

  #tick(): void {
    if ((this.now - NOW_MS) % 120_000 === 0) this.#pingAll();
    for (const node of this.#names) this.#aggregation.heard(node, this.now);
    this.#aggregation.tick(this.now);
  }

  #learnTests(): void {
    for (const origin of this.#names) {
      const lease = this.#aggregation.planFor(origin, this.now)?.lease;
      if (lease?.role !== 'client' || this.#running.has(lease.id)) continue;
      const endsMs = this.now + TEST_MS + 100 + 300 * this.#random();
      this.#running.set(lease.id, { origin, destination: lease.peer, startedMs: this.now, endsMs });
    }
  }

  #endTests(): boolean {
    const before = this.tested.length;
    for (const [leaseId, { origin, destination, startedMs, endsMs }] of this.#running) {
      if (endsMs > this.now) continue;
      this.#running.delete(leaseId);
      this.tested.push({ origin, destination, startedMs, endedMs: this.now });
      this.#report(origin, [{ kind: 'bandwidth', destination, leaseId, bandwidthBitsPerSecond: 1e9 }]);
    }
    return this.tested.length > before;
  }

  #pingAll(): void {
    for (const origin of this.#names) {
      const pings = this.#names
        .filter((name) => name !== origin)
        .map(
          (destination) => ({ kind: 'rtt', destination, transmitted: 7, received: 7, rttMicroseconds: 500 }) as const,
        );
      this.#report(origin, pings);
    }
  }

  #report(node: string, measurements: object[]): void {
    const measuredAt = new Date(this.now).toISOString();
    this.#aggregation.takeReport({ node, measurements: measurements.map((one) => ({ measuredAt, ...one })) }, this.now);
  }
}

describe('a cycle of bandwidth tests', () => {
  it(
    'tests all pairs of 100 nodes of a zone in less than 6 minutes, where no budget binds',
    () => {
      const cluster = new Cluster(100, 1);
      const tookMs = cluster.firstCycleMs(4950);
      expect(tookMs).toBeGreaterThanOrEqual(99 * TEST_MS);
      expect(tookMs).toBeLessThan(6 * 60_000);
      expectExclusive(cluster.tested);
    },
    WORK_MS,
  );

  it('tests two different zones one pair at a time, and within each zone as many as there are', () => {
    const cluster = new Cluster(16, 2);
    cluster.firstCycleMs(120);
    expectExclusive(cluster.tested);
    const zone = (node: string) => Number(node.slice(1)) % 2;
    const between = cluster.tested.filter(({ origin, destination }) => zone(origin) !== zone(destination));
    expect(overlaps(between)).toBe(0);
    const within = cluster.tested.filter(({ origin, destination }) => zone(origin) === zone(destination));
    expect(overlaps(within)).toBeGreaterThan(0);
  });
});

type Tested = Cluster['tested'][number];

function expectExclusive(tested: readonly Tested[]): void {
  for (const node of new Set(tested.map(({ origin }) => origin))) {
    expect(overlaps(tested.filter(({ origin, destination }) => origin === node || destination === node))).toBe(0);
  }
}

/** How many tests began before an earlier one had ended. */
function overlaps(tests: readonly Tested[]): number {
  const inOrder = tests.toSorted((a, b) => a.startedMs - b.startedMs);
  return inOrder.filter(({ startedMs }, index) => index > 0 && startedMs < (inOrder[index - 1] as Tested).endedMs)
    .length;
}

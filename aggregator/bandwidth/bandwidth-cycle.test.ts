import { describe, expect, it } from 'vitest';
import { type SimulatedTest, simulateCycle } from '#aggregator/bandwidth/simulated-agents.ts';
import { makeClusterNodes } from '#aggregator/builders.ts';
import { probeSettings } from '#core/api/network-topology.ts';

const TEST_MS = 3000;
const DAY_MS = 86_400_000;
/** Some 5,000 tests and as many reports: much work on a busy machine. */
const WORK_MS = 120_000;

/** Every pair is in the plan, and no budget binds. */
function cycleOf(count: number, zones: number) {
  const probe = probeSettings.parse({
    peersPerNode: count - 1,
    bandwidth: { budgetPercent: 100, bytesPerHour: 1e15 },
  });
  return simulateCycle({ nodes: makeClusterNodes(count, zones), probe, bitsPerSecond: 1e9, tickMs: 1000 }, DAY_MS);
}

describe('a cycle of bandwidth tests', () => {
  it(
    'tests all pairs of 100 nodes of a zone in less than 6 minutes, where no budget binds',
    () => {
      const { tookMs, pairs, tests } = cycleOf(100, 1);
      expect(pairs).toBe(4950);
      expect(tookMs).toBeGreaterThanOrEqual(99 * TEST_MS);
      expect(tookMs).toBeLessThan(6 * 60_000);
      expectExclusive(tests);
    },
    WORK_MS,
  );

  it('tests two different zones one pair at a time, and within each zone as many as there are', () => {
    const { untested, tests } = cycleOf(16, 2);
    expect(untested).toBe(0);
    expectExclusive(tests);
    const zone = (node: string) => Number(node.slice(1)) % 2;
    const between = tests.filter(({ origin, destination }) => zone(origin) !== zone(destination));
    expect(overlaps(between)).toBe(0);
    const within = tests.filter(({ origin, destination }) => zone(origin) === zone(destination));
    expect(overlaps(within)).toBeGreaterThan(0);
  });

  it('is not at its end where the budget has no room for all of its tests', () => {
    const probe = probeSettings.parse({ bandwidth: { bytesPerHour: 2_000_000_000 } });
    const cluster = { nodes: makeClusterNodes(8, 1), probe, bitsPerSecond: 1e9, tickMs: 5000 };
    const { tookMs, pairs, untested, tests } = simulateCycle(cluster, 600_000);
    expect(tookMs).toBeUndefined();
    expect([pairs, untested]).toEqual([28, 28 - tests.length]);
    // A test of 3 s moves 375 MB.
    expect(tests.length).toBe(5);
  });
});

function expectExclusive(tested: readonly SimulatedTest[]): void {
  for (const node of new Set(tested.map(({ origin }) => origin))) {
    expect(overlaps(tested.filter(({ origin, destination }) => origin === node || destination === node))).toBe(0);
  }
}

/** How many tests began before an earlier one had ended. */
function overlaps(tests: readonly SimulatedTest[]): number {
  const inOrder = tests.toSorted((a, b) => a.startedMs - b.startedMs);
  return inOrder.filter(
    ({ startedMs }, index) => index > 0 && startedMs < (inOrder[index - 1] as SimulatedTest).endedMs,
  ).length;
}

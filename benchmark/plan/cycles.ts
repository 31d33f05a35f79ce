import { simulateCycle } from '#aggregator/bandwidth/simulated-agents.ts';
import { makeClusterNodes } from '#aggregator/builders.ts';
import { probeSettings } from '#core/api/network-topology.ts';
import { CYCLES, type CycleRun } from './result.ts';

const NODES = 100;
const HOUR_MS = 3_600_000;

/** Tests take 2 s, after 1 s that does not count, in all of them. */
const CYCLE_SETTINGS: Record<CycleRun['name'], { probe: object; bitsPerSecond: number; tickMs: number }> = {
  'every pair, no budget': {
    probe: { peersPerNode: NODES - 1, bandwidth: { budgetPercent: 100, bytesPerHour: 1e15 } },
    bitsPerSecond: 1e9,
    tickMs: 1000,
  },
  'default plan and budget, 1 Gbit/s': { probe: {}, bitsPerSecond: 1e9, tickMs: 5000 },
  'default plan and budget, 10 Gbit/s': { probe: {}, bitsPerSecond: 1e10, tickMs: 5000 },
};

/** A cycle of bandwidth tests of 100 nodes of one zone, on a simulated clock. */
export function measureCycles(hours: number, tell: (line: string) => void): CycleRun[] {
  const nodes = makeClusterNodes(NODES, 1);
  return CYCLES.map((name) => {
    const { probe, ...settings } = CYCLE_SETTINGS[name];
    const cluster = { nodes, probe: probeSettings.parse(probe), ...settings };
    const { tookMs, pairs, untested, toldSeconds, tests } = simulateCycle(cluster, hours * HOUR_MS);
    tell(`${name}: ${untested} of ${pairs} pairs untested after ${tests.length} tests`);
    return {
      name,
      pairs,
      untested,
      tests: tests.length,
      ...(tookMs !== undefined && { seconds: tookMs / 1000 }),
      toldSeconds,
    };
  });
}

import { expect, it } from 'vitest';
import type { ArmName } from './arms.ts';
import { pairedRatio, rotated } from './compare.ts';
import { describeResult } from './report.ts';
import type { BenchResult, Run } from './result.ts';

const runs = [
  run('plain', 0, 400),
  run('netaware', 0, 380),
  run('plain', 1, 200),
  run('netaware', 1, 190),
  run('plain', 2, 100),
  run('netaware', 2, 120),
];

it('compares runs of the same round, so that a machine that slows down does not count', () => {
  expect(pairedRatio(runs, 1000, 'netaware', 'plain')).toEqual({ median: 0.95, least: 0.95, most: 1.2, count: 3 });
});

it('leaves out a round whose run does not count', () => {
  const doubtful = runs.map((each) => (each.round === 2 ? { ...each, invalid: '3 answers came late' } : each));
  expect(pairedRatio(doubtful, 1000, 'netaware', 'plain')?.count).toBe(2);
});

it('has no ratio where nothing was measured', () => {
  expect(pairedRatio(runs, 5000, 'netaware', 'plain')).toBeUndefined();
});

it('gives each arm each place in turn', () => {
  const orders = [0, 1, 2].map((round) => rotated(['a', 'b', 'c'], round).join(''));
  expect(orders).toEqual(['abc', 'bca', 'cab']);
});

it('writes a table row for each arm, and what does not count', () => {
  const doubtful = result([...runs, { ...run('netaware', 3, 90), invalid: '3 answers came late' }]);
  const text = describeResult(doubtful);
  expect(text).toContain('### 1,000 nodes');
  expect(text).toMatch(/\| netaware: .* \| 190 \(120–380\) \| 0\.95 \(0\.95–1\.20\) \|.*\| 3 of 4 \|/);
  expect(text).toContain('netaware, round 4: 3 answers came late');
  expect(text).toContain('| 5000 nodes: netaware-throughput / plain | not measured | at least 0.9 | – | missed |');
});

function run(arm: ArmName, round: number, podsPerSecond: number): Run {
  const cpuMsPerPod = { scheduler: 2, extender: 1, machine: 8 };
  return { nodes: 1000, round, arm, podsPerSecond, seconds: 5, placementCost: 0.1, cpuMsPerPod };
}

function result(all = runs): BenchResult {
  return {
    startedAt: '2026-01-01T00:00:00.000Z',
    command: 'make bench-scheduler',
    machine: { processor: 'x', cores: 2, memoryGiB: 8, kernel: '6', node: 'v24', apiServer: 'v1', scheduler: 'v1' },
    settings: { pods: 100, replicas: 5, rounds: 3, seed: 1 },
    runs: all,
  };
}

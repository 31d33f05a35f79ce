import { expect, it } from 'vitest';
import { figuresOf } from './figures.ts';
import { describeResult } from './report.ts';
import type { PlanResult } from './result.ts';

const RESULT: PlanResult = {
  startedAt: '2026-01-01T12:00:00.000Z',
  command: 'make bench-plan',
  machine: { processor: 'CPU', cores: 2, memoryGiB: 8, kernel: '6.18', node: 'v24' },
  settings: { draws: 4, through: 100, hours: 72 },
  plans: [
    {
      nodes: 100,
      peersPerNode: 16,
      allPairs: false,
      links: 1600,
      probedBy: { least: 16, most: 16 },
      coverageSeconds: 15_300,
      coveredSeconds: 7650,
      newPeers: { comes: { median: 32, most: 256 }, goes: { median: 40, most: 512 } },
      milliseconds: { median: 0.25, most: 3 },
    },
    {
      nodes: 1000,
      peersPerNode: 16,
      allPairs: false,
      links: 16_000,
      probedBy: { least: 15, most: 17 },
      coverageSeconds: 231_300,
      newPeers: { comes: { median: 64, most: 64 }, goes: { median: 64, most: 64 } },
      milliseconds: { median: 2, most: 9 },
    },
  ],
  cycles: [
    { name: 'every pair, no budget', pairs: 4950, untested: 0, tests: 4950, seconds: 334.3, toldSeconds: 297 },
    { name: 'default plan and budget, 10 Gbit/s', pairs: 389, untested: 13, tests: 629, toldSeconds: 61_200 },
  ],
};

it('has figures of the worst plan, and of no cycle that did not end', () => {
  expect(Object.fromEntries(figuresOf(RESULT))).toEqual({
    'probed by: most less least, worst': 2,
    'found / told time until every pair was probed, worst': 0.5,
    '100 nodes, 16 peers: new peers of others when a node comes / own, median': 2,
    '1000 nodes, 16 peers: new peers of others when a node comes / own, median': 4,
    'new peers of others / own squared, most': 2,
    '100 nodes, every pair, no budget: seconds of a cycle': 334.3,
  });
});

it('has no figure of what was not run through', () => {
  const plans = RESULT.plans.slice(1);
  expect([...figuresOf({ ...RESULT, plans }).keys()]).not.toContain(
    'found / told time until every pair was probed, worst',
  );
});

it('tells times in words, and where a cycle did not end', () => {
  const text = describeResult(RESULT);
  expect(text).toContain('| 100 | 16 | 1,600 | 16 | 4.3 h | 2.1 h | 32 (256) | 40 (512) | 2.5 % | 0.3 (3.0) |');
  expect(text).toContain('| 1,000 | 16 | 16,000 | 15 to 17 | 2.7 days | – | 64 (64) | 64 (64) | 0.40 % | 2.0 (9.0) |');
  expect(text).toContain('| every pair, no budget | 4,950 | 4,950 | 334 s | 297 s |');
  expect(text).toContain('not within 72 h: 13 pairs left | 17.0 h |');
});

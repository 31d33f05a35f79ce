import { describe, expect, it } from 'vitest';
import { type BandwidthProbe, bandwidthProbe } from '#core/api/network-topology.ts';
import { bandwidthRounds } from './bandwidth-rounds.ts';
import { cycleSeconds, type DueTest, testTimes } from './test-times.ts';

const ZONES: Record<string, string> = { a1: 'a', a2: 'a', b1: 'b', b2: 'b' };

function test(text: string, dueInSeconds = 0, expectedBytes = 10): DueTest {
  const [origin, destination] = text.split('>') as [string, string];
  return { origin, destination, dueInSeconds, expectedBytes };
}

describe('testTimes', () => {
  it.each<{
    name: string;
    tests: DueTest[];
    probe?: Partial<BandwidthProbe>;
    used?: Record<string, number>;
    want: number[];
  }>([
    { name: 'starts disjoint tests at once', tests: [test('a1>a2'), test('b1>b2')], want: [0, 0] },
    { name: 'starts no test before it is due', tests: [test('a1>a2', 40)], want: [40] },
    {
      name: 'lets a node be in one test at a time',
      tests: [test('a1>a2'), test('a1>b1'), test('b1>a2')],
      want: [0, 3, 6],
    },
    { name: 'lets two zones have one test at a time', tests: [test('a1>b1'), test('b2>a2')], want: [0, 3] },
    {
      name: 'or as many as are allowed',
      tests: [test('a1>b1'), test('b2>a2')],
      probe: { concurrencyPerZonePair: 2 },
      want: [0, 0],
    },
    {
      name: 'keeps to the places of the cluster',
      tests: [test('a1>a2'), test('b1>b2')],
      probe: { concurrency: 1 },
      want: [0, 3],
    },
    {
      name: 'waits for bytes to come free: 95 of 100 are used, and 10 wanted',
      tests: [test('a1>a2'), test('b1>b2')],
      used: { a2: 95 },
      want: [180, 0],
    },
    { name: 'the same for the cluster', tests: [test('a1>a2'), test('b1>b2')], used: { cluster: 990 }, want: [0, 36] },
  ])('$name', ({ tests, probe = {}, used = {}, want }) => {
    const times = testTimes(tests, {
      probe: bandwidthProbe.parse(probe),
      zoneOf: (node) => ZONES[node] ?? '',
      bytes: {
        cluster: { allowed: 1000, used: used.cluster ?? 0 },
        of: (node) => ({ allowed: 100, used: used[node] ?? 0 }),
      },
    });
    expect(times.map(Math.round)).toEqual(want);
  });
});

describe('cycleSeconds', () => {
  it('is under 6 minutes for all pairs of 100 nodes of a zone, by rounds, and longer by the budget', () => {
    const nodes = Array.from({ length: 100 }, (_, index) => `n${index}`);
    const tests = bandwidthRounds(nodes)
      .flat()
      .map((pair) => ({ ...pair, dueInSeconds: 0, expectedBytes: 1 }));
    const limits = { probe: bandwidthProbe.parse({}), zoneOf: () => '' };
    // 99 rounds of 3 s. By the budget 12 tests of each node an hour, or 1,000 of all.
    expect(cycleSeconds(tests, limits, { cluster: 1e9, of: () => 12 })).toEqual({
      byRounds: 297,
      byBudget: (99 / 12) * 3600,
    });
    expect(cycleSeconds(tests, limits, { cluster: 100, of: () => 12 }).byBudget).toBe(49.5 * 3600);
  });
});

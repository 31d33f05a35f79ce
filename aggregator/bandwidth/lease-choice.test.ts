import { describe, expect, it } from 'vitest';
import { chooseTests, retryDelayMs } from '#aggregator/bandwidth/lease-choice.ts';
import { bandwidthProbe } from '#core/api/network-topology.ts';

const ZONES: Record<string, string> = {
  a1: 'a',
  a2: 'a',
  a3: 'a',
  a4: 'a',
  b1: 'b',
  b2: 'b',
  c1: 'c',
  c2: 'c',
  c3: 'c',
};

function pair(text: string, lastAttemptMs = Number.NEGATIVE_INFINITY) {
  const [origin, destination] = text.split('>') as [string, string];
  return { origin, destination, lastAttemptMs, expectedBytes: 10 };
}

describe('chooseTests', () => {
  it.each([
    {
      name: 'starts as many disjoint tests as there are, in the given order',
      candidates: [pair('a1>b1'), pair('a2>c1'), pair('b2>c2')],
      want: ['a1>b1', 'a2>c1', 'b2>c2'],
    },
    {
      name: 'puts no node into two tests',
      candidates: [pair('a1>b1'), pair('b1>c1'), pair('c1>a1'), pair('b2>c2')],
      want: ['a1>b1', 'b2>c2'],
    },
    {
      name: 'takes the pair first whose last attempt is the longest ago',
      candidates: [pair('a1>b1', 200), pair('a1>c1', 100), pair('a1>c2', 300)],
      want: ['a1>c1'],
    },
    {
      name: 'tests between two zones one at a time, whatever the direction',
      candidates: [pair('a1>b1'), pair('b2>a2'), pair('c1>c2')],
      want: ['a1>b1', 'c1>c2'],
    },
    {
      name: 'starts more between two zones where that is allowed',
      probe: { concurrencyPerZonePair: 2 },
      candidates: [pair('a1>b1'), pair('b2>a2')],
      want: ['a1>b1', 'b2>a2'],
    },
    {
      name: 'counts what is under way as busy nodes and zones',
      active: [pair('a1>b1')],
      candidates: [pair('b1>a1'), pair('a2>b2'), pair('c1>c2')],
      want: ['c1>c2'],
    },
    {
      name: 'lets a node wait whose next test waits for the other end only',
      active: [pair('a1>b1')],
      candidates: [pair('b1>c1'), pair('c1>c2'), pair('c2>b2')],
      want: ['c2>b2'],
    },
    {
      name: 'lets no node wait for a test that the zones or the bytes do not allow',
      active: [pair('a1>b1'), pair('b2>c2')],
      left: { a2: 9 },
      candidates: [pair('b1>c1'), pair('b1>a2'), pair('a2>c1', 1), pair('c1>c3')],
      want: ['c1>c3'],
    },
    {
      name: 'caps no tests within a zone',
      candidates: [pair('a1>a2'), pair('a3>a4')],
      want: ['a1>a2', 'a3>a4'],
    },
    {
      name: 'keeps to the concurrency of the cluster',
      probe: { concurrency: 2 },
      active: [pair('a1>b1')],
      candidates: [pair('a2>c1'), pair('b2>c2')],
      want: ['a2>c1'],
    },
    {
      name: 'starts nothing that an end has no room for',
      left: { a1: 9, c1: 9, b1: 10 },
      candidates: [pair('a1>b2'), pair('a2>c1'), pair('b1>c2')],
      want: ['b1>c2'],
    },
    {
      name: 'starts nothing that the bytes of the hour have no room for',
      clusterLeft: 15,
      candidates: [pair('a1>b1'), pair('a2>c1')],
      want: ['a1>b1'],
    },
    {
      name: 'starts nothing at all where tests are switched off',
      clusterLeft: 0,
      candidates: [pair('a1>b1')],
      want: [],
    },
  ])('$name', ({ candidates, want, active = [], probe = {}, clusterLeft = 1000, left = {} }) => {
    const chosen = chooseTests({
      candidates: () => candidates,
      active,
      zoneOf: (node) => ZONES[node] ?? '',
      probe: bandwidthProbe.parse(probe),
      room: { cluster: clusterLeft, of: (node) => (left as Record<string, number>)[node] ?? 1000 },
    });
    expect(chosen.map(({ origin, destination }) => `${origin}>${destination}`)).toEqual(want);
  });
});

describe('retryDelayMs', () => {
  it.each([
    { failures: 1, want: 10_000 },
    { failures: 2, want: 20_000 },
    { failures: 5, want: 160_000 },
    { failures: 60, want: 3_600_000 },
  ])('is $want ms after $failures failures, up to the interval', ({ failures, want }) => {
    expect(retryDelayMs(failures, 3600)).toBe(want);
  });

  it('never exceeds a short interval', () => {
    expect(retryDelayMs(1, 5)).toBe(5000);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandwidthRounds, type DirectedPair, pairKey, roundsOfPairs } from './bandwidth-rounds.ts';

const clusters = fc
  .integer({ min: 2, max: 60 })
  .map((count) => Array.from({ length: count }, (_, index) => `n${index}`));

describe('bandwidthRounds', () => {
  it('has nothing to test in a cluster of one node or none', () => {
    expect(bandwidthRounds([])).toEqual([]);
    expect(bandwidthRounds(['a'])).toEqual([]);
  });

  it('has every pair exactly once, in one direction', () => {
    fc.assert(
      fc.property(clusters, (nodes) => {
        const pairs = bandwidthRounds(nodes).flat().map(pairKey);
        const wanted = nodes.flatMap((origin, index) =>
          nodes.slice(index + 1).map((destination) => pairKey({ origin, destination })),
        );
        expect(pairs.toSorted()).toEqual(wanted.toSorted());
      }),
    );
  });

  it('lets every node send in half of its tests, one more or less', () => {
    fc.assert(
      fc.property(clusters, (nodes) => {
        const origins = bandwidthRounds(nodes)
          .flat()
          .map(({ origin }) => origin);
        for (const node of nodes) {
          const sends = origins.filter((origin) => origin === node).length;
          expect(Math.abs(sends - (nodes.length - 1) / 2)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('has no node twice in a round', () => {
    fc.assert(
      fc.property(clusters, (nodes) => {
        for (const round of bandwidthRounds(nodes)) {
          const busy = round.flatMap(({ origin, destination }) => [origin, destination]);
          expect(new Set(busy).size).toBe(busy.length);
        }
      }),
    );
  });

  it('takes no more rounds than the circle method needs', () => {
    fc.assert(
      fc.property(clusters, (nodes) => {
        const needed = nodes.length % 2 === 0 ? nodes.length - 1 : nodes.length;
        expect(bandwidthRounds(nodes)).toHaveLength(needed);
      }),
    );
  });
});

describe('roundsOfPairs', () => {
  const pairs = fc
    .uniqueArray(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 100 })
    .map((list) =>
      list.filter(([a, b]) => a !== b).map(([a, b]): DirectedPair => ({ origin: `n${a}`, destination: `n${b}` })),
    );

  it('has every pair once, no node twice in a round, and fewer than twice as many rounds as a node has pairs', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const rounds = roundsOfPairs(list);
        expect(new Set(rounds.flat())).toEqual(new Set(list));
        expect(rounds.flat()).toHaveLength(list.length);
        for (const round of rounds) {
          const busy = round.flatMap(({ origin, destination }) => [origin, destination]);
          expect(new Set(busy).size).toBe(busy.length);
        }
        const ends = list.flatMap(({ origin, destination }) => [origin, destination]);
        const most = Math.max(0, ...ends.map((node) => ends.filter((other) => other === node).length));
        expect(rounds.length).toBeLessThanOrEqual(Math.max(0, 2 * most - 1));
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandwidthRounds } from './bandwidth-rounds.ts';

const clusters = fc
  .integer({ min: 2, max: 60 })
  .map((count) => Array.from({ length: count }, (_, index) => `n${index}`));

describe('bandwidthRounds', () => {
  it('has nothing to test in a cluster of one node or none', () => {
    expect(bandwidthRounds([])).toEqual([]);
    expect(bandwidthRounds(['a'])).toEqual([]);
  });

  it('tests two nodes in both directions, one after the other', () => {
    expect(bandwidthRounds(['a', 'b'])).toEqual([
      [{ origin: 'b', destination: 'a' }],
      [{ origin: 'a', destination: 'b' }],
    ]);
  });

  it('has every directed pair exactly once', () => {
    fc.assert(
      fc.property(clusters, (nodes) => {
        const pairs = bandwidthRounds(nodes)
          .flat()
          .map(({ origin, destination }) => `${origin} ${destination}`);
        const wanted = nodes.flatMap((origin) =>
          nodes.filter((destination) => destination !== origin).map((destination) => `${origin} ${destination}`),
        );
        expect(pairs.toSorted()).toEqual(wanted.toSorted());
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
        expect(bandwidthRounds(nodes)).toHaveLength(2 * needed);
      }),
    );
  });
});

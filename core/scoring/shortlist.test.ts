import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestCandidate, sampleSize, shortlist } from './shortlist.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);
const numberOf = (name: string) => Number(name.slice(1));

it.each([
  [0, 0],
  [99, 99],
  [100, 100],
  [101, 100],
  [250, 120],
  [1_000, 420],
  [5_000, 500],
  [6_000, 300],
  [20_000, 1_000],
])('kube-scheduler looks for as many of %i nodes as it does by itself', (nodes, want) => {
  expect(sampleSize(nodes)).toBe(want);
});

describe('the shortlist', () => {
  const oneZone = (scores: Uint8Array, seed = 'a', size = sampleSize(scores.length)) =>
    shortlist({
      candidates: names(scores.length),
      scores,
      zones: new Uint32Array(scores.length),
      zoneCount: 1,
      size,
      seed,
    });

  it('keeps the best, in the order given', () => {
    const scores = Uint8Array.from({ length: 300 }, (_, index) => (index % 5 === 0 ? 90 : 10));
    const kept = oneZone(scores);
    expect(kept).toHaveLength(sampleSize(300));
    expect(kept.filter((name) => numberOf(name) % 5 === 0)).toHaveLength(60);
    expect(kept.toSorted((a, b) => numberOf(a) - numberOf(b))).toEqual(kept);
  });

  it('keeps all where all are equal, and where there are no more than wanted', () => {
    expect(oneZone(new Uint8Array(300).fill(50))).toEqual(names(300));
    expect(oneZone(Uint8Array.of(1, 2, 3), 'a', 3)).toEqual(names(3));
  });

  it('does not fill up with a zone that is better by a point', () => {
    const zones = Uint32Array.from({ length: 5_000 }, (_, index) => index % 5);
    const scores = Uint8Array.from(zones, (zone) => (zone === 3 ? 51 : 50));
    const kept = shortlist({ candidates: names(5_000), scores, zones, zoneCount: 5, size: 500, seed: 'a' });
    const byZone = Map.groupBy(kept, (name) => numberOf(name) % 5);
    expect([0, 1, 2, 3, 4].map((zone) => byZone.get(zone)?.length)).toEqual([50, 50, 50, 300, 50]);
  });

  it('takes other nodes with another seed, until every one was there', () => {
    const scores = new Uint8Array(1_000).fill(50);
    scores[7] = 51;
    const kept = new Set(names(20).flatMap((seed) => oneZone(scores, seed)));
    expect(oneZone(scores)).toEqual(oneZone(scores));
    expect(kept.size).toBe(1_000);
  });

  const input = fc
    .array(fc.record({ score: fc.nat(100), zone: fc.nat(7) }), { minLength: 1, maxLength: 300 })
    .chain((nodes) =>
      fc.record({
        candidates: fc.constant(names(nodes.length)),
        scores: fc.constant(Uint8Array.from(nodes, ({ score }) => score)),
        zones: fc.constant(Uint32Array.from(nodes, ({ zone }) => zone)),
        zoneCount: fc.constant(8),
        size: fc.integer({ min: 1, max: 320 }),
        seed: fc.string(),
      }),
    )
    .filter(({ scores }) => new Set(scores).size > 1);

  it('is as long as wanted, a part of the candidates, in their order', () => {
    fc.assert(
      fc.property(input, (given) => {
        const kept = new Set(shortlist(given));
        expect(kept.size).toBe(Math.min(given.size, given.candidates.length));
        expect(given.candidates.filter((name) => kept.has(name))).toEqual([...kept]);
      }),
    );
  });

  it('holds half of nodes of which none is worse than any left out', () => {
    fc.assert(
      fc.property(input, (given) => {
        const kept = new Set(shortlist(given));
        const [inside, outside] = [true, false].map((wanted) =>
          [...given.scores].filter((_, index) => kept.has(`n${index}`) === wanted).toSorted((a, b) => b - a),
        ) as [number[], number[]];
        const half = Math.ceil(inside.length / 2);
        expect(inside[half - 1]).toBeGreaterThanOrEqual(outside[0] ?? 0);
      }),
    );
  });

  it('has nodes of every zone where it is twice as long as there are zones', () => {
    fc.assert(
      fc.property(input, (given) => {
        fc.pre(given.size >= 2 * given.zoneCount);
        const kept = shortlist(given);
        expect(new Set(kept.map((name) => given.zones[numberOf(name)]))).toEqual(new Set(given.zones));
      }),
    );
  });
});

describe('the best candidate', () => {
  const best = (scores: number[], seed = 'a') =>
    bestCandidate({ candidates: names(scores.length), scores: Uint8Array.from(scores), seed });

  it.each<[string, number[], string | undefined]>([
    ['is the one with the best score', [94, 95, 100, 99, 3], 'n2'],
    ['is there where all score nothing', [0], 'n0'],
    ['is none where there are none', [], undefined],
  ])('%s', (_, scores, want) => {
    expect(best(scores)).toBe(want);
  });

  it('is another one of the equal ones with another seed, until every one was there', () => {
    const scores = Array.from({ length: 30 }, (_, index) => (index === 7 ? 3 : 97));
    expect(new Set(names(1_000).map((seed) => best(scores, seed))).size).toBe(29);
  });
});

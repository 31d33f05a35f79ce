import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleSize, shortlist } from './shortlist.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);

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
])('kube-scheduler looks for as many of %i feasible nodes as it does by itself', (nodes, want) => {
  expect(sampleSize(nodes)).toBe(want);
});

describe('the shortlist', () => {
  it('keeps the best, in the order given', () => {
    const scores = Uint8Array.from({ length: 300 }, (_, index) => (index % 3 === 0 ? 90 : 10));
    const kept = shortlist(names(300), scores, 'a');
    expect(kept).toHaveLength(sampleSize(300));
    expect(kept.filter((name) => Number(name.slice(1)) % 3 === 0)).toHaveLength(100);
  });

  it('keeps all where all are equal', () => {
    expect(shortlist(names(300), new Uint8Array(300).fill(50), 'a')).toEqual(names(300));
  });

  it('cuts other ones of equal nodes for other pods', () => {
    const scores = new Uint8Array(1_000).fill(50);
    scores[7] = 51;
    const kept = new Set(names(20).flatMap((pod) => shortlist(names(1_000), scores, pod)));
    expect(shortlist(names(1_000), scores, 'a')).toEqual(shortlist(names(1_000), scores, 'a'));
    expect(kept.size).toBeGreaterThan(900);
  });

  const input = fc
    .array(fc.nat(100), { minLength: 1, maxLength: 400 })
    .chain((scores) => fc.record({ scores: fc.constant(Uint8Array.from(scores)), seed: fc.string() }));

  it('is as long as kube-scheduler would choose, a part of the candidates, in their order', () => {
    fc.assert(
      fc.property(input, ({ scores, seed }) => {
        const candidates = names(scores.length);
        const kept = shortlist(candidates, scores, seed);
        const equal = scores.every((score) => score === scores[0]);
        expect(kept).toHaveLength(equal ? scores.length : sampleSize(scores.length));
        expect(candidates.filter((name) => kept.includes(name))).toEqual(kept);
      }),
    );
  });

  it('never leaves out a node that is better than one that it keeps', () => {
    fc.assert(
      fc.property(input, ({ scores, seed }) => {
        const kept = new Set(shortlist(names(scores.length), scores, seed));
        const [inside, outside] = [true, false].map((wanted) =>
          [...scores].filter((_, index) => kept.has(`n${index}`) === wanted),
        ) as [number[], number[]];
        expect(Math.min(...inside)).toBeGreaterThanOrEqual(Math.max(-1, ...outside));
      }),
    );
  });
});

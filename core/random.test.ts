import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRandom } from './random.ts';

const draw = (seed: number, count: number) => Array.from({ length: count }, createRandom(seed));

it('the same seed gives the same numbers, all from 0 up to but without 1', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const numbers = draw(seed, 50);
      expect(draw(seed, 50)).toEqual(numbers);
      expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    }),
  );
});

it('other seeds give others, spread evenly', () => {
  expect(draw(1, 5)).not.toEqual(draw(2, 5));
  const counts = Object.values(Object.groupBy(draw(7, 10_000), (number) => Math.floor(number * 10)));
  expect(counts).toHaveLength(10);
  // 1,000 expected in each, with a standard deviation of 30.
  expect(counts.every((numbers) => Math.abs((numbers?.length ?? 0) - 1000) < 150)).toBe(true);
});

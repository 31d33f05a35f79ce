import { expect, it } from 'vitest';
import { createRandom } from '#core/random.ts';
import { bootstrapMean } from './bootstrap.ts';

it('holds the true mean about 19 times of 20', () => {
  const random = createRandom(5);
  const holds = Array.from({ length: 200 }, (_, seed) => {
    const interval = bootstrapMean(
      Array.from({ length: 40 }, () => random()),
      seed,
    );
    return interval !== undefined && interval.low <= 0.5 && interval.high >= 0.5;
  });
  const share = holds.filter(Boolean).length / holds.length;
  expect(share).toBeGreaterThan(0.88);
  expect(share).toBeLessThanOrEqual(0.99);
});

it('is one point where all values are the same, and nothing where there are none', () => {
  expect(bootstrapMean([2, 2, 2])).toEqual({ mean: 2, low: 2, high: 2 });
  expect(bootstrapMean([])).toBeUndefined();
});

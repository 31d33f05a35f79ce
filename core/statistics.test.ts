import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mean, median, quantile } from './statistics.ts';

const numbers = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1 });

describe('statistics', () => {
  it.each([
    [[3], 3],
    [[1, 2], 1.5],
    [[9, 1, 5], 5],
    [[10, 9, 1], 9],
    [[4, 1, 3, 2], 2.5],
  ])('the median of %j is %d', (values, want) => {
    expect(median(values)).toBe(want);
  });

  it('of nothing there are none', () => {
    expect([median([]), quantile([], 0.9), mean([])]).toEqual([undefined, undefined, undefined]);
  });

  it('quantiles interpolate between neighbours, rise with q, and end at the least and the largest', () => {
    expect(quantile([10, 20, 30, 40, 50], 0.9)).toBeCloseTo(46);
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(numbers, share, share, (values, a, b) => {
        const [lower, upper] = [quantile(values, Math.min(a, b)), quantile(values, Math.max(a, b))];
        expect(lower).toBeLessThanOrEqual((upper ?? Number.NaN) + 1e-6);
        expect(quantile(values, 0)).toBe(Math.min(...values));
        expect(quantile(values, 1)).toBe(Math.max(...values));
      }),
    );
  });

  it('do not change what they are given, nor depend on its order', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const before = [...values];
        expect(median(values)).toBe(median(values.toReversed()));
        expect(values).toEqual(before);
      }),
    );
  });
});

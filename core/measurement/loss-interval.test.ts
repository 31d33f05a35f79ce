import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lossInterval } from '#core/measurement/loss-interval.ts';

describe('lossInterval', () => {
  // As scipy.stats.binomtest(lost, samples).proportion_ci(method="wilson") has them.
  it.each([
    { lost: 0, samples: 10, want: [0, 277_533] },
    { lost: 1, samples: 10, want: [17_876, 404_150] },
    { lost: 50, samples: 1000, want: [38_130, 65_314] },
    { lost: 10, samples: 10, want: [722_467, 1_000_000] },
  ])('is Wilson’s for $lost of $samples', ({ lost, samples, want }) => {
    const [low, high] = lossInterval((1e6 * lost) / samples, samples) as [number, number];
    expect(Math.abs(low - (want[0] as number))).toBeLessThanOrEqual(1);
    expect(Math.abs(high - (want[1] as number))).toBeLessThanOrEqual(1);
  });

  it('is not there without pings', () => {
    expect(lossInterval(0, 0)).toBeUndefined();
  });

  it('holds the loss, and is narrower with more pings', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), fc.integer({ min: 1, max: 100_000 }), (loss, samples) => {
        const [low, high] = lossInterval(loss, samples) as [number, number];
        expect(low).toBeLessThanOrEqual(loss);
        expect(high).toBeGreaterThanOrEqual(loss);
        const [closerLow, closerHigh] = lossInterval(loss, samples * 4) as [number, number];
        expect(closerHigh - closerLow).toBeLessThanOrEqual(high - low);
      }),
    );
  });
});

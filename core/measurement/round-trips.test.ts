import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarizeRoundTrips } from '#core/measurement/round-trips.ts';

describe('summarizeRoundTrips', () => {
  it.each([
    { behaviour: 'nothing without round trips', times: [], want: undefined },
    { behaviour: 'the only one, and no jitter', times: [17.4], want: { rttMicroseconds: 17 } },
    { behaviour: 'the second of two, and no jitter', times: [900, 100], want: { rttMicroseconds: 100 } },
    {
      behaviour: 'the median without the first, and the mean difference of neighbours',
      times: [9000, 100, 300, 200],
      want: { rttMicroseconds: 200, jitterMicroseconds: 150 },
    },
  ])('tells $behaviour', ({ times, want }) => {
    expect(summarizeRoundTrips(times)).toEqual(want);
  });

  it('does not depend on how slow the first was, and lies within the others', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1 }), (first, other, times) => {
        const summary = summarizeRoundTrips([first, ...times]);
        expect(summary).toEqual(summarizeRoundTrips([other, ...times]));
        expect(summary?.rttMicroseconds).toBeGreaterThanOrEqual(Math.min(...times));
        expect(summary?.rttMicroseconds).toBeLessThanOrEqual(Math.max(...times));
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LevelRule, presentLevel } from '#core/measurement/level.ts';

const RULE: LevelRule = { first: 2, values: 5, confirmations: 3, ratio: 0.25, atLeast: 200 };

describe('the present level', () => {
  it.each([
    { behaviour: 'one value says nothing', values: [800], want: undefined },
    { behaviour: 'nor do two that differ', values: [40_000, 5000], want: undefined },
    { behaviour: 'two that are alike do', values: [800, 820], want: 810 },
    { behaviour: 'also where an outlier came first', values: [90_000, 1000, 1010], want: 1005 },
    { behaviour: 'of three that differ the middle one does', values: [40_000, 5000, 90_000], want: 40_000 },
    { behaviour: 'the last five count', values: [1000, 1000, 1000, 1100, 1100, 1100, 1200, 1200], want: 1100 },
    { behaviour: 'an outlier counts for nothing', values: [1000, 1010, 9000], want: 1005 },
    { behaviour: 'an outlier counts for nothing later either', values: [1000, 1010, 9000, 1030, 1020], want: 1015 },
    { behaviour: 'two values at a lower level are a step', values: [40_000, 40_000, 40_000, 5000, 5100], want: 5050 },
    { behaviour: 'two values at a higher level are a step', values: [5000, 5000, 5000, 40_000, 41_000], want: 40_500 },
    { behaviour: 'there and back', values: [40_000, 40_000, 5000, 5000, 40_000, 40_000], want: 40_000 },
    { behaviour: 'an outlier right after a step', values: [40_000, 40_000, 5000, 5000, 40_000], want: 5000 },
    { behaviour: 'an outlier between the values of a step', values: [40_000, 5000, 90_000, 5000, 5000], want: 5000 },
    { behaviour: 'two outliers on different sides', values: [40_000, 40_000, 90_000, 5000, 40_000], want: 40_000 },
    { behaviour: 'two outliers of different size', values: [5000, 5000, 40_000, 90_000, 5000], want: 5000 },
    { behaviour: 'three values of any size on one side', values: [5000, 5000, 40_000, 90_000, 20_000], want: 40_000 },
    { behaviour: 'a change of 200 microseconds is noise', values: [100, 100, 100, 290, 100, 295], want: 100 },
  ])('$behaviour', ({ values, want }) => {
    expect(presentLevel(values, RULE)?.value).toBe(want);
  });

  it('is of nothing where there is nothing', () => {
    expect(presentLevel([], RULE)).toBeUndefined();
  });

  it('is of the first value where the rule takes that at its word', () => {
    const rule: LevelRule = { ...RULE, first: 1 };
    expect(presentLevel([800], rule)?.value).toBe(800);
    expect(presentLevel([40_000, 5000], rule)?.value).toBe(40_000);
  });

  it('starts anew at a break, as soon as that is confirmed', () => {
    const values = [40_000, 40_000, 40_500, 40_700];
    expect(presentLevel(values, RULE, [0, 0, 1, 1])).toEqual({ value: 40_600, start: 2 });
    expect(presentLevel(values.slice(0, 3), RULE, [0, 0, 1])).toEqual({ value: 40_000, start: 0 });
    expect(presentLevel(values.slice(0, 3), RULE, [0, 0, 0])).toEqual({ value: 40_000, start: 0 });
  });

  /** Values around a base as a calm network gives them. */
  const calm = (base: number) => fc.integer({ min: Math.round(base * 0.95), max: Math.round(base * 1.05) });
  const bases = fc.integer({ min: 50, max: 200_000 });

  it('never leaves what a calm network gives for a single outlier, wherever it comes', () => {
    const series = bases.chain((base) =>
      fc.record({
        values: fc.array(calm(base), { minLength: 2, maxLength: 12 }),
        // Off the level by the rule, which for less than that is no outlier.
        outlier: fc.oneof(
          fc.constant(base < 300 ? 60_000_000 : 0),
          fc.integer({ min: 2 * base + 300, max: 60_000_000 }),
        ),
        place: fc.nat(),
      }),
    );
    fc.assert(
      fc.property(series, ({ values, outlier, place }) => {
        const seen = values.toSpliced(place % (values.length + 1), 0, outlier);
        for (let end = 1; end <= seen.length; end += 1) {
          const level = presentLevel(seen.slice(0, end), RULE)?.value;
          if (level === undefined && end < RULE.confirmations) continue;
          expect(level).toBeGreaterThanOrEqual(Math.min(...values));
          expect(level).toBeLessThanOrEqual(Math.max(...values));
        }
      }),
    );
  });

  it('is at the new level after two values, whatever came before', () => {
    const steps = fc
      .tuple(bases, bases)
      .filter(([from, to]) => Math.abs(from - to) > Math.max(1000, 0.5 * Math.max(from, to)));
    const series = steps.chain(([from, to]) =>
      fc.record({
        before: fc.array(calm(from), { minLength: 1, maxLength: 10 }),
        after: fc.array(calm(to), { minLength: 2, maxLength: 10 }),
      }),
    );
    fc.assert(
      fc.property(series, ({ before, after }) => {
        for (let count = 2; count <= after.length; count += 1) {
          const level = presentLevel([...before, ...after.slice(0, count)], RULE) as { value: number; start: number };
          expect(level.start).toBe(before.length);
          expect(level.value).toBeGreaterThanOrEqual(Math.min(...after));
          expect(level.value).toBeLessThanOrEqual(Math.max(...after));
        }
      }),
    );
  });

  it('does not begin anew for the noise of a network below a millisecond', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 100, max: 290 }), { minLength: 2, maxLength: 12 }), (values) => {
        expect(presentLevel(values, RULE)?.start).toBe(0);
      }),
    );
  });

  it('is always between the least and the greatest value', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 60_000_000 }), { minLength: 3, maxLength: 12 }), (values) => {
        const level = presentLevel(values, RULE)?.value;
        expect(level).toBeGreaterThanOrEqual(Math.min(...values));
        expect(level).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
  });
});

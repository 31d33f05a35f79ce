import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WriteBudget } from '#aggregator/publishing/write-budget.ts';

describe('WriteBudget', () => {
  it('allows a burst, then one each time', () => {
    const budget = new WriteBudget({ burst: 3, everyMs: 1000 });
    const allowed = [0, 0, 0, 0, 999, 1000, 1000, 1999, 2000, 5000, 5000, 5000, 5000].map((nowMs) => {
      const allows = budget.allows(nowMs);
      if (allows) budget.spend(nowMs);
      return allows;
    });
    const [yes, no] = [true, false];
    expect(allowed).toEqual([yes, yes, yes, no, no, yes, no, no, yes, yes, yes, yes, no]);
  });

  it('never allows more than the burst and the rate together, whenever it is asked', () => {
    const waits = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(waits, fc.integer({ min: 1, max: 10 }), (gaps, burst) => {
        const budget = new WriteBudget({ burst, everyMs: 1000 });
        let [nowMs, spent] = [0, 0];
        for (const gap of gaps) {
          nowMs += gap;
          if (!budget.allows(nowMs)) continue;
          budget.spend(nowMs);
          spent += 1;
          expect(spent).toBeLessThanOrEqual(burst + nowMs / 1000);
        }
      }),
    );
  });
});

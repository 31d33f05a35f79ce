import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs } from '#agent/backoff.ts';

it('waits between 0.2 and 10 seconds, after any number of failures', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
      const wait = backoffMs(failures, random);
      expect(wait).toBeGreaterThanOrEqual(200);
      expect(wait).toBeLessThanOrEqual(10_000);
    }),
  );
});

it('waits longer after more failures, and not always the same time', () => {
  expect(backoffMs(1, 0)).toBe(200);
  expect(backoffMs(3, 0)).toBe(800);
  expect(backoffMs(3, 1)).toBe(1600);
  expect(backoffMs(20, 1)).toBe(10_000);
});

import { expect, it } from 'vitest';
import { RetryTimes } from '#aggregator/app-groups/retry-times.ts';

it('waits longer after each failure, up to a minute, and not after a success', () => {
  const times = new RetryTimes();
  const pauses = Array.from({ length: 9 }, () => {
    times.failed('u1', 500);
    return times.againMs('u1') - 500;
  });
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  expect(times.againMs('u2')).toBeLessThan(0);
  times.succeeded('u1');
  expect(times.againMs('u1')).toBeLessThan(0);
});

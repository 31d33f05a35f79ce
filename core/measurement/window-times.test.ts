import { describe, expect, it } from 'vitest';
import { WindowTimes } from '#core/measurement/window-times.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);

describe('times of samples', () => {
  it('are never there before the first', () => {
    const times = new WindowTimes();
    expect(times.at(times.createPage(3), 1)).toBe(Number.NEGATIVE_INFINITY);
  });

  it.each([{ day: -1 }, { day: 0.5 }, { day: 20 }, { day: 40 }, { day: 4000 }, { day: -4000 }])(
    'are exact to the millisecond $day days after the first',
    ({ day }) => {
      const times = new WindowTimes();
      const page = times.createPage(2);
      times.set(page, 0, START_MS);
      const timeMs = START_MS + Math.trunc(day * DAY_MS) + 7;
      times.set(page, 1, timeMs);
      expect(times.at(page, 1)).toBe(timeMs);
    },
  );

  it('keep their order and their distance while they move on for a year, up to 24 days', () => {
    const times = new WindowTimes();
    const [old, page, empty] = [times.createPage(1), times.createPage(2), times.createPage(1)];
    times.set(old, 0, START_MS);
    for (let day = 0; day < 365; day += 1) {
      const nowMs = START_MS + day * DAY_MS;
      times.set(page, 0, nowMs);
      times.set(page, 1, nowMs + 1);
      expect([times.at(page, 0), times.at(page, 1)]).toEqual([nowMs, nowMs + 1]);
      const oldMs = times.at(old, 0);
      if (day <= 24) expect(oldMs).toBe(START_MS);
      expect(oldMs).toBeLessThanOrEqual(Math.max(START_MS, nowMs - 24 * DAY_MS));
      expect(times.at(empty, 0)).toBe(Number.NEGATIVE_INFINITY);
    }
  });

  it('tell what comes too late for a window from what is there', () => {
    const times = new WindowTimes();
    const page = times.createPage(3);
    times.clear(page, 0, 3, START_MS);
    expect(times.placeFor(page, 0, 2, START_MS - 1)).toBe('stale');
    expect(times.placeFor(page, 0, 2, START_MS)).toBe('duplicate');
    expect(times.placeFor(page, 0, 2, START_MS + 1)).toBe(2);
    times.set(page, 2, START_MS + 10);
    expect(times.placeFor(page, 0, 2, START_MS + 9)).toBe(1);
  });
});

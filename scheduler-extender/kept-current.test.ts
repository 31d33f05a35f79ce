import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type KeptCurrent, keptCurrent } from './kept-current.ts';

const WAIT = { timeout: 10_000, interval: 10 };
let source: number;
let made: () => void;
let kept: KeptCurrent<number>;
let hold: boolean;
const pieces = vi.fn();

beforeEach(() => {
  source = 1;
  hold = false;
  made = vi.fn();
  kept = keptCurrent(function* () {
    const read = source;
    yield;
    while (hold) {
      pieces();
      yield;
    }
    return read;
  }, made);
});
afterEach(() => kept.stop());

it('is there at once, and made anew after a change', async () => {
  expect(kept.get()).toBe(1);
  source = 2;
  kept.invalidate();
  expect(kept.behindSeconds()).toBeGreaterThanOrEqual(0);
  await vi.waitFor(() => expect(kept.get()).toBe(2), WAIT);
  expect(kept.behindSeconds()).toBe(0);
  expect(made).toHaveBeenCalledTimes(1);
});

it('can be read while it is made, and a change meanwhile makes it once more', async () => {
  hold = true;
  source = 2;
  kept.invalidate();
  await vi.waitFor(() => expect(pieces).toHaveBeenCalled(), WAIT);
  source = 3;
  kept.invalidate();
  expect(kept.get()).toBe(1);
  hold = false;
  await vi.waitFor(() => expect(kept.get()).toBe(2), WAIT);
  expect(kept.behindSeconds()).toBeGreaterThan(0);
  await vi.waitFor(() => expect(kept.get()).toBe(3), WAIT);
  expect(kept.behindSeconds()).toBe(0);
});

import { BoundedMap } from '#core/bounded-map.ts';

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;
const MOST = 10_000;

/** When what failed is tried again: after a second, then after twice as long each time, up to a minute. By uid. */
export class RetryTimes {
  readonly #failed = new BoundedMap<string, { failures: number; againMs: number }>(MOST);

  failed(uid: string, nowMs: number): void {
    const failures = (this.#failed.get(uid)?.failures ?? 0) + 1;
    const pauseMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
    this.#failed.set(uid, { failures, againMs: nowMs + pauseMs });
  }

  succeeded(uid: string): void {
    this.#failed.delete(uid);
  }

  /** From when on it may be tried: at once where it did not fail. */
  againMs(uid: string): number {
    return this.#failed.get(uid)?.againMs ?? Number.NEGATIVE_INFINITY;
  }
}

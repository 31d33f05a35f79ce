import { setTimeout as delay } from 'node:timers/promises';

const FIRST_MS = 200;
const LIMIT_MS = 10_000;

/**
 * How long to wait after the n-th failure in a row (n >= 1), in milliseconds: doubling from 0.2 s up to 10 s, and any time
 * between half of it and all of it (`random` in 0..1), so that a thousand agents do not come back at once.
 */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(LIMIT_MS, FIRST_MS * 2 ** Math.min(failures, 16));
  return Math.max(FIRST_MS, (full / 2) * (1 + random));
}

/** Waits, or less where `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

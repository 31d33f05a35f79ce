import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';

const POLL_MS = 50;

/**
 * Waits until `missing` finds nothing missing (answers undefined). Throws AppError TIMEOUT with what it said last where
 * that takes longer than `deadlineMs`.
 */
export async function until(
  what: string,
  deadlineMs: number,
  missing: () => Promise<string | undefined>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    signal?.throwIfAborted();
    const reason = await missing();
    if (reason === undefined) return;
    if (performance.now() > deadline) {
      throw new AppError('TIMEOUT', `waited ${deadlineMs / 1000} s until ${what}: ${reason}`);
    }
    await sleep(POLL_MS);
  }
}

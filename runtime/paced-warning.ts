import type { Logger } from '#runtime/logger.ts';

const INTERVAL_MS = 60_000;

/** Warns of what strangers can cause as often as they like: once a minute for each reason, with the latest fields. */
export function pacedWarning(logger: Logger, message: string): (reason: string, fields: object) => void {
  const loggedAtMs = new Map<string, number>();
  return (reason, fields) => {
    const nowMs = performance.now();
    if (nowMs - (loggedAtMs.get(reason) ?? Number.NEGATIVE_INFINITY) < INTERVAL_MS) return;
    loggedAtMs.set(reason, nowMs);
    logger.warn({ reason, ...fields }, message);
  };
}

import { AppError } from '#core/errors.ts';
import type { Logger } from '#runtime/logger.ts';

export interface Service {
  stop(): Promise<void>;
}

/** A part that does not stop within this time is left behind: SIGTERM must end the process within a second. */
const STOP_DEADLINE_MS = 900;

/**
 * Runs a service until SIGTERM or SIGINT, then stops it and ends the process: exit code 0 after a signal, 1 where it
 * could not start.
 */
export async function runService(logger: Logger, start: () => Promise<Service>): Promise<void> {
  const signal = nextSignal();
  try {
    const service = await start();
    const received = await signal;
    logger.info({ signal: received }, 'stopping');
    await Promise.race([service.stop(), deadline(STOP_DEADLINE_MS)]);
    process.exit(0);
  } catch (err) {
    if (err instanceof AppError) logger.fatal({ code: err.code }, err.message);
    else logger.fatal({ err }, 'stopped by an error');
    process.exit(1);
  }
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, resolve);
  });
}

function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

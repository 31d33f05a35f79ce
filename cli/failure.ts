import { AppError } from '#core/errors.ts';

/** Writes one line on stderr for what a person can act on, a stack for what is a fault of ours; returns the exit code. */
export function reportFailure(err: unknown): number {
  if (err instanceof AppError) {
    process.stderr.write(`netaware: ${err.message}\n`);
    return err.code === 'TIMEOUT' ? 2 : 1;
  }
  process.stderr.write(`netaware: ${err instanceof Error ? err.stack : String(err)}\n`);
  return 1;
}

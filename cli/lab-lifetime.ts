import { progress } from '#cli/progress.ts';
import { AppError } from '#core/errors.ts';
import { removeLab } from '#lab/state/remove.ts';

/**
 * Runs something that builds a lab, and removes the lab afterwards: when it is done (unless it is to be kept), when it
 * fails, and on Ctrl-C or SIGTERM, which abort `signal` and end the process with 130 or 143.
 */
export async function withLab<Result>(
  options: { keep: boolean },
  body: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => {
    progress(`${signal}: removing the lab`);
    abort.abort(signal);
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const result = await body(abort.signal);
    if (!options.keep) await removeLab();
    return result;
  } catch (err) {
    // Somebody else's lab is in the way: not ours to remove.
    if (!(err instanceof AppError && err.code === 'CONFLICT')) await removeLab();
    if (abort.signal.aborted) process.exit(abort.signal.reason === 'SIGINT' ? 130 : 143);
    throw err;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

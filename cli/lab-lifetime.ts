import { constants } from 'node:os';
import { progress } from '#cli/progress.ts';
import { acquireLab, type LabState } from '#lab/state/lab-state.ts';
import { removeLab } from '#lab/state/remove.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Takes this machine's place for a lab, runs something that builds one, and removes the lab afterwards: when it is done
 * (unless it is to be kept), when it fails, and on a signal such as Ctrl-C's, which aborts `signal` and ends the process
 * with 128 plus its number. Further signals do not interrupt the removal.
 */
export async function withLab<Result>(
  options: { keep: boolean },
  body: (state: LabState, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => {
    if (!abort.signal.aborted) progress(`${signal}: removing the lab`);
    abort.abort(signal);
  };
  const state = await acquireLab();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    const result = await body(state, abort.signal);
    abort.signal.throwIfAborted();
    if (!options.keep) await removeLab();
    return result;
  } catch (err) {
    await removeLab();
    if (abort.signal.aborted) process.exit(128 + constants.signals[abort.signal.reason as NodeJS.Signals]);
    throw err;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { AppError } from '#core/errors.ts';

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own tick. */
const MS_PER_TICK = 10;
const STOP_MS = 5000;

/** A process under measurement, and what it logged. */
export interface ChildProcess {
  log(): string;
  /** CPU time used so far, in user and kernel mode. */
  cpuMs(): Promise<number>;
  /** Rejects when the process ends without having been stopped. */
  ended: Promise<never>;
  stop(): Promise<void>;
}

export function startChild(command: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = execa(command, args, {
    env,
    reject: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    forceKillAfterDelay: STOP_MS,
  });
  let log = '';
  child.all?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  let stopped = false;
  const ended = new Promise<never>((_, reject) => {
    void child.then(({ exitCode }) => {
      const tail = log.trim().split('\n').slice(-5).join('\n');
      if (!stopped) reject(new AppError('FAILED', `${command} ended with ${exitCode ?? 'a signal'}: ${tail}`));
    });
  });
  ended.catch(() => {});
  return {
    log: () => log,
    ended,
    cpuMs: async () => {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
      // The second field, the command in brackets, may hold spaces; utime and stime are fields 14 and 15.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    },
    stop: async () => {
      stopped = true;
      child.kill('SIGTERM');
      await child;
    },
  };
}

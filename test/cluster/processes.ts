import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandLine } from '#lab/control-plane/kubernetes/commands.ts';

/** A program under test; its output goes to a file. */
export interface TestProcess {
  pid: number;
  /** What it has written so far. */
  log(): string;
  /** Sends the signal and, unless that only stops or continues it, waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** The programs of one test file, each with a log below `folder`. All are ended by `stopAll`. */
export function createProcesses(folder: string): {
  start(name: string, line: CommandLine & { env?: Record<string, string> }): Promise<TestProcess>;
  stopAll(): Promise<void>;
} {
  const running = new Set<ChildProcess>();
  mkdirSync(folder, { recursive: true });
  return {
    async start(name, { command, args, env = {} }) {
      const logFile = join(folder, `${name}.log`);
      const log = openSync(logFile, 'a');
      const child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env } });
      running.add(child);
      child.once('exit', () => running.delete(child));
      await once(child, 'spawn');
      return {
        pid: child.pid ?? 0,
        log: () => readFileSync(logFile, 'utf8'),
        kill: (signal = 'SIGTERM') => kill(child, signal),
      };
    },
    async stopAll() {
      await Promise.all([...running].map((child) => kill(child, 'SIGKILL')));
    },
  };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended;
}

import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';

const DEADLINE_MS = 5_000;
const RETRY_MS = 5;

/** Ids of the processes in a cgroup's folder and below; none where it does not exist. */
export function processesIn(folder: string): number[] {
  try {
    const own = parseProcesses(readFileSync(`${folder}/cgroup.procs`, 'utf8'));
    return [...own, ...subfolders(folder).flatMap(processesIn)];
  } catch (cause) {
    if (isGone(cause)) return [];
    throw cause;
  }
}

/** Process ids, one a line. 0 stands for a process of another pid namespace, which nobody here can signal. */
export function parseProcesses(text: string): number[] {
  return text
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** SIGKILL, again and again until nothing is left: a process may fork while others are killed. */
export async function killTree(folders: readonly string[]): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const pids = new Set(folders.flatMap(processesIn));
    if (pids.size === 0) return;
    if (Date.now() > deadline) {
      throw new AppError('TIMEOUT', `cgroup ${folders[0]}: processes ${[...pids].join(' ')} do not end`);
    }
    for (const folder of folders) killAtOnce(folder);
    for (const pid of pids) kill(pid);
    await pause(RETRY_MS);
  }
}

/** Removes a cgroup's folder, children first. One whose last process has just ended is busy for a moment. */
export async function removeTree(folder: string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      removeNow(folder);
      return;
    } catch (cause) {
      if (isGone(cause)) return;
      if ((cause as NodeJS.ErrnoException).code !== 'EBUSY') throw cause;
      if (Date.now() > deadline) throw new AppError('TIMEOUT', `cgroup ${folder}: stays busy`, { cause });
    }
    await pause(RETRY_MS);
  }
}

function removeNow(folder: string): void {
  for (const child of subfolders(folder)) removeNow(child);
  rmdirSync(folder);
}

function subfolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);
}

/** Version 2 since Linux 5.14: kills all at one moment. */
function killAtOnce(folder: string): void {
  if (existsSync(`${folder}/cgroup.kill`)) writeFileSync(`${folder}/cgroup.kill`, '1');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}

function isGone(cause: unknown): boolean {
  return ['ENOENT', 'ENODEV'].includes((cause as NodeJS.ErrnoException).code ?? '');
}

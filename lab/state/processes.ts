import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SERVICES_CGROUP } from '#lab/names.ts';
import { openCgroups } from '#lab/pods/cgroups.ts';

export interface LabProcess {
  pid: number;
  isRunning(): boolean;
}

/** Joins the cgroups named before `--`, enters the namespace where one is given, and becomes the command. */
const ENTER = 'while [ "$1" != -- ]; do echo $$ >"$1"; shift; done; shift; exec "$@"';

/**
 * Starts a process of the lab, in its cgroup and in a network namespace where one is given. It is detached: it outlives the command that
 * started it, and ends when the lab is removed. Output goes to the log file.
 */
export async function spawnInLab(options: {
  command: string;
  args: readonly string[];
  namespace?: string;
  env?: Record<string, string>;
  logFile: string;
}): Promise<LabProcess> {
  const { command, args, namespace, env = {}, logFile } = options;
  const cgroups = openCgroups();
  const inNamespace = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
  await mkdir(dirname(logFile), { recursive: true });
  const log = await open(logFile, 'a');
  const child = spawn(
    'sh',
    ['-ec', ENTER, 'sh', ...cgroups.procsFiles(SERVICES_CGROUP), '--', ...inNamespace, command, ...args],
    {
      detached: true,
      env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, ...env },
      stdio: ['ignore', log.fd, log.fd],
    },
  );
  let running = true;
  child.once('exit', () => {
    running = false;
  });
  try {
    await once(child, 'spawn');
  } finally {
    await log.close();
  }
  child.unref();
  return { pid: child.pid ?? 0, isRunning: () => running };
}

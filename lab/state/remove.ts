import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { run, succeeds } from '#lab/command.ts';
import { CGROUP, PREFIX, STATE_FOLDER } from '#lab/names.ts';
import { openCgroups } from '#lab/pods/cgroups.ts';

/**
 * Removes everything of the lab on this machine, whether it is whole, half made or left by a crash: processes, namespaces,
 * interfaces with their routes, cgroups, files. Does nothing where there is nothing.
 */
export async function removeLab(): Promise<void> {
  const cgroups = openCgroups();
  await cgroups.killAll(CGROUP);
  for (const namespace of await labNamespaces()) {
    await killNamespaceProcesses(namespace);
    await succeeds('ip', ['netns', 'del', namespace]);
    await rm(`/etc/netns/${namespace}`, { recursive: true, force: true });
  }
  for (const device of await labInterfaces()) await succeeds('ip', ['link', 'del', device]);
  await cgroups.remove(CGROUP);
  for (const folder of await stateFolders()) await rm(folder, { recursive: true, force: true });
  if (existsSync('/etc/netns') && (await readdir('/etc/netns')).length === 0)
    await rm('/etc/netns', { recursive: true });
}

/** What is there of a lab, one line each; empty after a removal. */
export async function findRemains(): Promise<string[]> {
  const cgroups = openCgroups();
  const hostsFolders = existsSync('/etc/netns') ? await readdir('/etc/netns') : [];
  return [
    ...(await labNamespaces()).map((name) => `network namespace ${name}`),
    ...(await labInterfaces()).map((name) => `interface ${name}`),
    ...cgroups.processes(CGROUP).map((pid) => `process ${pid}`),
    ...(cgroups.procsFiles(CGROUP).some((file) => existsSync(file)) ? [`cgroup ${CGROUP}`] : []),
    ...hostsFolders.filter((name) => name.startsWith(PREFIX)).map((name) => `folder /etc/netns/${name}`),
    ...(await stateFolders()).map((path) => `folder ${path}`),
  ];
}

async function labNamespaces(): Promise<string[]> {
  const list = JSON.parse((await run('ip', ['-json', 'netns', 'list'])) || '[]') as { name: string }[];
  return list.map(({ name }) => name).filter((name) => name.startsWith(PREFIX));
}

async function labInterfaces(): Promise<string[]> {
  const list = JSON.parse((await run('ip', ['-json', 'link', 'show'])) || '[]') as { ifname?: string }[];
  return list.flatMap(({ ifname }) => (ifname?.startsWith(PREFIX) ? [ifname] : []));
}

/** A process that was started in a host by hand (`lab exec`) is not in the lab's cgroup. */
async function killNamespaceProcesses(namespace: string): Promise<void> {
  const pids = (await run('ip', ['netns', 'pids', namespace])).split('\n').filter(Boolean).map(Number);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in the meantime.
    }
  }
}

/** The state folder, and those that were being prepared when their maker was killed. */
async function stateFolders(): Promise<string[]> {
  const parent = dirname(STATE_FOLDER);
  const names = existsSync(parent) ? await readdir(parent) : [];
  return names.filter((name) => name.startsWith(basename(STATE_FOLDER))).map((name) => `${parent}/${name}`);
}

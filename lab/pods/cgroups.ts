import { accessSync, constants, readFileSync } from 'node:fs';
import { AppError } from '#core/errors.ts';
import { type CgroupMounts, findCgroupMounts, parseMounts } from '#lab/pods/cgroup-mounts.ts';
import { killTree, processesIn, removeTree } from '#lab/pods/cgroup-tree.ts';
import { cgroupsV1 } from '#lab/pods/cgroups-v1.ts';
import { cgroupsV2 } from '#lab/pods/cgroups-v2.ts';

export interface CgroupSettings {
  cpuRequestMillicores?: number;
  memoryLimitBytes?: number;
}

export interface MemoryUse {
  usageBytes: number;
  /** What cannot be reclaimed at once: the use less the inactive file cache, as the kubelet counts it. */
  workingSetBytes: number;
}

/** Cgroups of either version. Paths are relative to the hierarchies' roots, such as `netaware-lab/pods/host-1/uid`. */
export interface Cgroups {
  /**
   * Makes the cgroup and its parents; one that exists gets the settings. With version 2 only cgroups without children
   * can hold processes. Throws AppError UNSUPPORTED where the kernel refuses.
   */
  create(path: string, settings?: CgroupSettings): void;
  /** Files into each of which a process writes its id to join; its children are born there. */
  procsFiles(path: string): string[];
  /** CPU time of all processes that ever were in it or below; undefined where there is no such cgroup. */
  cpuUsageNanoseconds(path: string): number | undefined;
  memory(path: string): MemoryUse | undefined;
  /** Ids of the processes in it and below. */
  processes(path: string): number[];
  /** Kills until no process is left in it or below. Throws AppError TIMEOUT. */
  killAll(path: string): Promise<void>;
  /** Removes it with all below; its processes must have ended. Throws AppError TIMEOUT while it stays busy. */
  remove(path: string): Promise<void>;
}

/** What differs between the versions. */
export interface CgroupVersion {
  /** Where the hierarchies that the lab uses are mounted. */
  roots: string[];
  create(path: string, settings: CgroupSettings): void;
  cpuUsageNanoseconds(path: string): number;
  memory(path: string): MemoryUse;
}

/** This machine's cgroups. Throws AppError UNSUPPORTED where none can be written. */
export function openCgroups(): Cgroups {
  const version = versionOf(writableMounts());
  const folders = (path: string) => version.roots.map((root) => `${root}/${path}`);
  return {
    create(path, settings = {}) {
      try {
        version.create(path, settings);
      } catch (cause) {
        throw new AppError('UNSUPPORTED', `cgroup ${path}: cannot be made: ${(cause as Error).message}`, { cause });
      }
    },
    procsFiles: (path) => folders(path).map((folder) => `${folder}/cgroup.procs`),
    cpuUsageNanoseconds: (path) => unlessGone(() => version.cpuUsageNanoseconds(path)),
    memory: (path) => unlessGone(() => version.memory(path)),
    processes: (path) => [...new Set(folders(path).flatMap(processesIn))],
    killAll: (path) => killTree(folders(path)),
    async remove(path) {
      for (const folder of folders(path)) await removeTree(folder);
    },
  };
}

function writableMounts(): CgroupMounts {
  const mounts = findCgroupMounts(parseMounts(readFileSync('/proc/self/mounts', 'utf8')), (root) =>
    readFileSync(`${root}/cgroup.controllers`, 'utf8'),
  );
  if (mounts === undefined) {
    throw new AppError('UNSUPPORTED', 'cgroups: no hierarchy with the cpu and memory controllers is mounted');
  }
  for (const root of Object.values(mounts.roots)) {
    try {
      accessSync(root, constants.W_OK);
    } catch (cause) {
      throw new AppError('UNSUPPORTED', `cgroups: ${root} cannot be written (root and a writable mount are needed)`, {
        cause,
      });
    }
  }
  return mounts;
}

function versionOf(mounts: CgroupMounts): CgroupVersion {
  return mounts.version === 1 ? cgroupsV1(mounts.roots) : cgroupsV2(mounts.roots.unified);
}

/** A cgroup can go at any moment, between opening its file (ENOENT) and reading it (ENODEV). */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (cause) {
    if (['ENOENT', 'ENODEV'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw cause;
  }
}

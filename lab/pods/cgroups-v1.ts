import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpuShares, parseMemoryV1 } from '#lab/pods/cgroup-values.ts';
import type { CgroupVersion } from '#lab/pods/cgroups.ts';

/** Version 1: a hierarchy per controller, or one for several. */
export function cgroupsV1(mounts: { cpu: string; cpuacct: string; memory: string }): CgroupVersion {
  const { cpu, cpuacct, memory } = mounts;
  const roots = [...new Set([cpu, cpuacct, memory])];
  return {
    roots,
    create(path, { cpuRequestMillicores, memoryLimitBytes }) {
      for (const root of roots) mkdirSync(`${root}/${path}`, { recursive: true });
      if (cpuRequestMillicores !== undefined) {
        writeFileSync(`${cpu}/${path}/cpu.shares`, String(cpuShares(cpuRequestMillicores)));
      }
      if (memoryLimitBytes !== undefined) {
        writeFileSync(`${memory}/${path}/memory.limit_in_bytes`, String(memoryLimitBytes));
      }
    },
    cpuUsageNanoseconds: (path) => Number(readFileSync(`${cpuacct}/${path}/cpuacct.usage`, 'utf8')),
    memory: (path) =>
      parseMemoryV1(
        readFileSync(`${memory}/${path}/memory.usage_in_bytes`, 'utf8'),
        readFileSync(`${memory}/${path}/memory.stat`, 'utf8'),
      ),
  };
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpuWeight, parseCpuV2, parseMemoryV2 } from '#lab/pods/cgroup-values.ts';
import type { CgroupVersion } from '#lab/pods/cgroups.ts';

/** Version 2: one hierarchy, in which each cgroup gives its children the controllers that they may use. */
export function cgroupsV2(root: string): CgroupVersion {
  return {
    roots: [root],
    create(path, { cpuRequestMillicores, memoryLimitBytes }) {
      mkdirSync(`${root}/${path}`, { recursive: true });
      for (const parent of parentsOf(path)) writeFileSync(`${root}${parent}/cgroup.subtree_control`, '+cpu +memory');
      if (cpuRequestMillicores !== undefined) {
        writeFileSync(`${root}/${path}/cpu.weight`, String(cpuWeight(cpuRequestMillicores)));
      }
      if (memoryLimitBytes !== undefined) writeFileSync(`${root}/${path}/memory.max`, String(memoryLimitBytes));
    },
    cpuUsageNanoseconds: (path) => parseCpuV2(readFileSync(`${root}/${path}/cpu.stat`, 'utf8')),
    memory: (path) =>
      parseMemoryV2(
        readFileSync(`${root}/${path}/memory.current`, 'utf8'),
        readFileSync(`${root}/${path}/memory.stat`, 'utf8'),
      ),
  };
}

/** `a/b/c` has the parents ``, `/a` and `/a/b`, outermost first. */
export function parentsOf(path: string): string[] {
  const names = path.split('/');
  return names.map((_name, depth) =>
    names
      .slice(0, depth)
      .map((name) => `/${name}`)
      .join(''),
  );
}

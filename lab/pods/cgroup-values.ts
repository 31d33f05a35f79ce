import type { MemoryUse } from '#lab/pods/cgroups.ts';

const MINIMUM_SHARES = 2;
const MAXIMUM_SHARES = 262_144;

/** cpu.shares of a CPU request, 1024 a core, as the kubelet sets it. */
export function cpuShares(requestMillicores: number): number {
  const shares = Math.floor((requestMillicores * 1024) / 1000);
  return Math.min(MAXIMUM_SHARES, Math.max(MINIMUM_SHARES, shares));
}

/** cpu.weight of a CPU request: shares 2..262144 mapped to 1..10000, as in KEP-2254 (cgroup v2). */
export function cpuWeight(requestMillicores: number): number {
  return 1 + Math.floor(((cpuShares(requestMillicores) - MINIMUM_SHARES) * 9999) / (MAXIMUM_SHARES - MINIMUM_SHARES));
}

/** From memory.usage_in_bytes and memory.stat of version 1, where `total_` counts the cgroups below too. */
export function parseMemoryV1(usage: string, stat: string): MemoryUse {
  return memoryUse(Number(usage), statValue(stat, 'total_inactive_file'));
}

/** From memory.current and memory.stat of version 2, where all values count the cgroups below. */
export function parseMemoryV2(current: string, stat: string): MemoryUse {
  return memoryUse(Number(current), statValue(stat, 'inactive_file'));
}

/** Nanoseconds from cpu.stat of version 2. */
export function parseCpuV2(stat: string): number {
  return statValue(stat, 'usage_usec') * 1000;
}

function memoryUse(usageBytes: number, inactiveFileBytes: number): MemoryUse {
  return { usageBytes, workingSetBytes: Math.max(0, usageBytes - inactiveFileBytes) };
}

function statValue(stat: string, key: string): number {
  const line = stat.split('\n').find((candidate) => candidate.startsWith(`${key} `));
  return Number(line?.slice(key.length + 1) ?? 0);
}

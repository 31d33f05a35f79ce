import { describe, expect, test } from 'vitest';
import { parseProcesses } from '#lab/pods/cgroup-tree.ts';
import { cpuShares, cpuWeight, parseCpuV2, parseMemoryV1, parseMemoryV2 } from '#lab/pods/cgroup-values.ts';

const MEMORY_STAT_V1 = `cache 9134080
rss 9789440
inactive_file 4096
active_file 200704
hierarchical_memory_limit 9223372036854771712
total_cache 512684032
total_inactive_file 60678144
total_active_file 443072512
`;

const MEMORY_STAT_V2 = `anon 26570752
file 134217728
kernel 4194304
inactive_anon 26562560
active_anon 8192
inactive_file 100663296
active_file 33554432
`;

const CPU_STAT_V2 = `usage_usec 1942037
user_usec 1500000
system_usec 442037
nr_periods 0
nr_throttled 0
throttled_usec 0
`;

describe('cgroup values', () => {
  test.each([
    { requestMillicores: 0, shares: 2, weight: 1 },
    { requestMillicores: 100, shares: 102, weight: 4 },
    { requestMillicores: 1000, shares: 1024, weight: 39 },
    { requestMillicores: 1_000_000, shares: 262_144, weight: 10_000 },
  ])('a CPU request of $requestMillicores m has the shares and weight that the kubelet gives it', (row) => {
    expect(cpuShares(row.requestMillicores)).toBe(row.shares);
    expect(cpuWeight(row.requestMillicores)).toBe(row.weight);
  });

  test('the working set of version 1 leaves out the inactive files of the cgroups below too', () => {
    expect(parseMemoryV1('100678144\n', MEMORY_STAT_V1)).toEqual({ usageBytes: 100678144, workingSetBytes: 40000000 });
  });

  test('the working set of version 2 leaves out inactive files', () => {
    expect(parseMemoryV2('164982784\n', MEMORY_STAT_V2)).toEqual({ usageBytes: 164982784, workingSetBytes: 64319488 });
  });

  test('a working set is never below 0', () => {
    expect(parseMemoryV2('4096\n', MEMORY_STAT_V2)).toEqual({ usageBytes: 4096, workingSetBytes: 0 });
  });

  test('CPU time of version 2 is in nanoseconds', () => {
    expect(parseCpuV2(CPU_STAT_V2)).toBe(1_942_037_000);
  });

  test.each([
    { text: '', want: [] },
    { text: '12\n345\n', want: [12, 345] },
    { text: '0\n12\n', want: [12] },
  ])('the processes in $text are $want', ({ text, want }) => {
    expect(parseProcesses(text)).toEqual(want);
  });
});

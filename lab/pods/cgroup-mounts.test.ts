import { describe, expect, test } from 'vitest';
import { findCgroupMounts, parseHierarchies, parseMounts } from '#lab/pods/cgroup-mounts.ts';

const SEPARATE_V1 = `proc /proc proc rw,relatime 0 0
tmpfs /sys/fs/cgroup tmpfs rw,relatime,mode=755 0 0
cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu 0 0
cgroup /sys/fs/cgroup/cpuacct cgroup rw,relatime,cpuacct 0 0
cgroup /sys/fs/cgroup/cpuset cgroup rw,relatime,cpuset 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
`;

const JOINED_V1 = `cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,nodev,noexec,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,nosuid,nodev,noexec,relatime,memory 0 0
`;

const UNIFIED = `sysfs /sys sysfs rw,nosuid,nodev,noexec,relatime 0 0
cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate,memory_recursiveprot 0 0
`;

const V1_ROOTS = {
  cpu: '/sys/fs/cgroup/cpu',
  cpuacct: '/sys/fs/cgroup/cpuacct',
  memory: '/sys/fs/cgroup/memory',
};
const JOINED_ROOT = '/sys/fs/cgroup/cpu,cpuacct';

describe('the mounts of cgroups', () => {
  test.each([
    { machine: 'version 1, each controller alone', text: SEPARATE_V1, want: { version: 1, roots: V1_ROOTS } },
    {
      machine: 'version 1, cpu and cpuacct together',
      text: JOINED_V1,
      want: { version: 1, roots: { ...V1_ROOTS, cpu: JOINED_ROOT, cpuacct: JOINED_ROOT } },
    },
    { machine: 'version 2', text: UNIFIED, want: { version: 2, roots: { unified: '/sys/fs/cgroup' } } },
    { machine: 'none', text: 'proc /proc proc rw,relatime 0 0\n', want: undefined },
  ])('are found on a machine with $machine', ({ text, want }) => {
    expect(findCgroupMounts(parseMounts(text), () => 'cpuset cpu io memory pids\n')).toEqual(want);
  });

  test('are not taken where version 2 lacks the cpu or memory controller', () => {
    expect(findCgroupMounts(parseMounts(UNIFIED), () => 'hugetlb\n')).toBeUndefined();
    expect(findCgroupMounts(parseMounts(UNIFIED), () => 'cpu\n')).toBeUndefined();
  });

  test('may have a space in their folder', () => {
    expect(parseMounts('none /a\\040b cgroup2 rw 0 0\n')).toEqual([
      { folder: '/a b', type: 'cgroup2', options: ['rw'] },
    ]);
  });
});

describe("a process's hierarchies", () => {
  test.each([
    {
      machine: 'version 1',
      text: '9:name=systemd:/\n4:memory:/a\n1:cpu,cpuacct:/\n0::/\n',
      want: ['memory', 'cpu,cpuacct'],
    },
    { machine: 'version 2', text: '0::/user.slice/session-1.scope\n', want: [] },
  ])('of $machine', ({ text, want }) => {
    expect(parseHierarchies(text)).toEqual(want);
  });
});

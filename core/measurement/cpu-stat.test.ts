import { describe, expect, it } from 'vitest';
import { cpuStatFiles, throttledMicroseconds } from '#core/measurement/cpu-stat.ts';

const V2 = '35 24 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
const V1 = [
  '40 35 0:33 / /sys/fs/cgroup/memory rw shared:11 - cgroup cgroup rw,memory',
  '41 35 0:34 / /sys/fs/cgroup/cpu,cpuacct rw shared:12 - cgroup cgroup rw,cpu,cpuacct',
].join('\n');

describe('cpuStatFiles', () => {
  it.each([
    {
      behaviour: 'the own cgroup and those above it, version 2',
      cgroup: '0::/kubepods.slice/pod7/abc\n',
      mountInfo: V2,
      want: ['', '/kubepods.slice', '/kubepods.slice/pod7', '/kubepods.slice/pod7/abc'].map(
        (path) => `/sys/fs/cgroup${path}/cpu.stat`,
      ),
    },
    {
      behaviour: 'the root of a cgroup namespace',
      cgroup: '0::/\n',
      mountInfo: V2,
      want: ['/sys/fs/cgroup/cpu.stat'],
    },
    {
      behaviour: 'version 1 on a machine with both',
      cgroup: '4:memory:/m\n3:cpu,cpuacct:/pod7\n0::/other\n',
      mountInfo: `${V2}\n${V1}`,
      want: ['/sys/fs/cgroup/cpu,cpuacct/cpu.stat', '/sys/fs/cgroup/cpu,cpuacct/pod7/cpu.stat'],
    },
    {
      behaviour: 'a container without a cgroup namespace, whose mounted root is its own cgroup',
      cgroup: '3:cpu,cpuacct:/kubepods/pod7/abc\n',
      mountInfo: V1.replaceAll(' / /sys', ' /kubepods/pod7/abc /sys'),
      want: ['/sys/fs/cgroup/cpu,cpuacct/cpu.stat'],
    },
    {
      behaviour: 'the mounted root where the cgroup is outside of it',
      cgroup: '0::/../other\n',
      mountInfo: V2,
      want: ['/sys/fs/cgroup/cpu.stat'],
    },
    { behaviour: 'nothing where no cgroups are mounted', cgroup: '0::/pod7\n', mountInfo: '', want: [] },
    { behaviour: 'nothing where there are no cgroups', cgroup: '', mountInfo: V2, want: [] },
  ])('names $behaviour', ({ cgroup, mountInfo, want }) => {
    expect(cpuStatFiles(cgroup, mountInfo)).toEqual(want);
  });
});

describe('throttledMicroseconds', () => {
  it.each([
    {
      version: 2,
      cpuStat: 'usage_usec 900\nuser_usec 500\nsystem_usec 400\nnr_periods 9\nnr_throttled 3\nthrottled_usec 1250\n',
      want: 1250,
    },
    { version: 1, cpuStat: 'nr_periods 9\nnr_throttled 3\nthrottled_time 1250000\n', want: 1250 },
    { version: '2 without a limit', cpuStat: 'usage_usec 900\n', want: 0 },
  ])('reads version $version', ({ cpuStat, want }) => {
    expect(throttledMicroseconds(cpuStat)).toBe(want);
  });
});

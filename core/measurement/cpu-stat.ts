/**
 * Files that tell how long this process was throttled by CPU limits: cpu.stat of its own cgroup and of those above it, as
 * far as they can be seen. `cgroup` is /proc/self/cgroup, `mountInfo` /proc/self/mountinfo. Version 1 where it has the cpu
 * controller, else version 2. A container sees its own cgroup as the root, under its real path or as "/".
 */
export function cpuStatFiles(cgroup: string, mountInfo: string): string[] {
  const own = ownCgroup(cgroup);
  const mount = own && cgroupMount(mountInfo, own.version);
  if (own === undefined || mount === undefined) return [];
  const files = [`${mount.folder}/cpu.stat`];
  let folder = mount.folder;
  for (const part of pathUnder(mount.root, own.path).split('/').filter(Boolean)) {
    folder = `${folder}/${part}`;
    files.push(`${folder}/cpu.stat`);
  }
  return files;
}

/** Microseconds, from a cpu.stat of either version; 0 where it tells nothing, as that of a cgroup without a limit. */
export function throttledMicroseconds(cpuStat: string): number {
  const microseconds = /^throttled_usec (\d+)$/m.exec(cpuStat)?.[1];
  const nanoseconds = /^throttled_time (\d+)$/m.exec(cpuStat)?.[1];
  return microseconds === undefined ? Number(nanoseconds ?? 0) / 1000 : Number(microseconds);
}

interface OwnCgroup {
  version: 1 | 2;
  path: string;
}

/** Lines are `hierarchy:controllers:path`; version 2 has hierarchy 0 and no controllers. */
function ownCgroup(cgroup: string): OwnCgroup | undefined {
  const lines = cgroup.split('\n').flatMap((line) => {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    return match === null ? [] : [{ controllers: match[1]?.split(',') ?? [], path: match[2] ?? '' }];
  });
  const withCpu = lines.find(({ controllers }) => controllers.includes('cpu'));
  if (withCpu !== undefined) return { version: 1, path: withCpu.path };
  const unified = lines.find(({ controllers }) => controllers.join() === '');
  return unified && { version: 2, path: unified.path };
}

/** Lines are `id parent device root folder options … - type source superOptions` (proc(5)). */
function cgroupMount(mountInfo: string, version: 1 | 2): { root: string; folder: string } | undefined {
  for (const line of mountInfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '', folder = ''] = before.split(' ');
    const [type, , superOptions = ''] = after.split(' ');
    const isWanted = version === 2 ? type === 'cgroup2' : type === 'cgroup' && superOptions.split(',').includes('cpu');
    if (isWanted) return { root, folder };
  }
  return undefined;
}

/** Empty where the mounted root is the cgroup itself, or one that the path does not lead to. */
function pathUnder(root: string, path: string): string {
  if (path.includes('/..')) return '';
  if (root === '/') return path;
  return path.startsWith(`${root}/`) ? path.slice(root.length) : '';
}

export interface Mount {
  folder: string;
  type: string;
  options: string[];
}

export type CgroupMounts =
  | { version: 1; roots: { cpu: string; cpuacct: string; memory: string } }
  | { version: 2; roots: { unified: string } };

/** The lines of /proc/self/mounts. */
export function parseMounts(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, folder = '', type = '', options = ''] = line.split(' ');
      return { folder: unescapeOctal(folder), type, options: options.split(',') };
    });
}

/**
 * Where the cpu and memory controllers are: in version 1 hierarchies, else in the unified one; on a machine with both,
 * a controller is in one only. `readControllers` gives the content of a version 2 root's cgroup.controllers.
 */
export function findCgroupMounts(
  mounts: readonly Mount[],
  readControllers: (root: string) => string,
): CgroupMounts | undefined {
  const withController = (controller: string) =>
    mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller))?.folder;
  const cpu = withController('cpu');
  const cpuacct = withController('cpuacct');
  const memory = withController('memory');
  if (cpu !== undefined && cpuacct !== undefined && memory !== undefined) {
    return { version: 1, roots: { cpu, cpuacct, memory } };
  }
  const unified = mounts.find(({ type }) => type === 'cgroup2')?.folder;
  if (unified === undefined) return undefined;
  const controllers = readControllers(unified).trim().split(' ');
  if (!controllers.includes('cpu') || !controllers.includes('memory')) return undefined;
  return { version: 2, roots: { unified } };
}

/** Version 1 hierarchies of /proc/self/cgroup by their controllers, such as `cpu,cpuacct`; named ones are left out. */
export function parseHierarchies(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.split(':')[1] ?? '')
    .filter((controllers) => controllers !== '' && !controllers.startsWith('name='));
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_match, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { AppError } from '#core/errors.ts';
import { parseHierarchies, parseMounts } from '#lab/pods/cgroup-mounts.ts';

const FOLDER = '/sys/fs/cgroup';
const WANTED = ['cpu', 'cpuacct', 'memory'];

/**
 * `ip netns exec` puts a new /sys over the one in which cgroups are mounted. Mounts the same hierarchies again, in the
 * mount namespace that it gave us; does nothing where cgroups can be seen. Throws AppError UNSUPPORTED.
 */
export async function mountHiddenCgroups(): Promise<void> {
  const isVisible = parseMounts(readFileSync('/proc/self/mounts', 'utf8')).some(({ type }) =>
    ['cgroup', 'cgroup2'].includes(type),
  );
  if (isVisible || !existsSync(FOLDER)) return;
  const hierarchies = parseHierarchies(readFileSync('/proc/self/cgroup', 'utf8')).filter((controllers) =>
    controllers.split(',').some((controller) => WANTED.includes(controller)),
  );
  try {
    if (hierarchies.length === 0) await mount('cgroup2', FOLDER);
    else await mountHierarchies(hierarchies);
  } catch (cause) {
    throw new AppError('UNSUPPORTED', `cgroups: cannot be mounted: ${(cause as Error).message}`, { cause });
  }
}

async function mountHierarchies(hierarchies: readonly string[]): Promise<void> {
  await mount('tmpfs', FOLDER);
  for (const controllers of hierarchies) {
    mkdirSync(`${FOLDER}/${controllers}`);
    await mount('cgroup', `${FOLDER}/${controllers}`, controllers);
  }
}

async function mount(type: string, folder: string, options = 'rw'): Promise<void> {
  await execa('mount', ['-t', type, '-o', options, 'netaware-lab', folder]);
}

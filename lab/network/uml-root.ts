import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '#core/errors.ts';
import { run } from '#lab/command.ts';

const MODULES_FOLDER = '/usr/lib/uml/modules';
const MODULES = ['sch_netem', 'sch_htb', 'cls_u32', 'bridge'];
const COMMANDS = ['sh', 'mount', 'ip', 'tc', 'insmod', 'sleep'];

/**
 * Makes the router's root folder: the few commands it runs with their libraries, the kernel modules, and `init`. It is
 * mounted read-only as the only part of this machine's files that the router sees.
 */
export async function makeUmlRoot(root: string, scripts: { links: string[]; shaping: string[] }): Promise<void> {
  for (const folder of ['bin', 'lib', 'modules', 'proc', 'sys', 'dev', 'etc/iproute2', 'usr']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await Promise.all(COMMANDS.map((command) => copyCommand(root, command)));
  const modules = await copyModules(root);
  await writeFile(join(root, 'links'), `${scripts.links.join('\n')}\n`);
  await writeFile(join(root, 'shaping'), `${scripts.shaping.join('\n')}\n`);
  await writeFile(join(root, 'init'), initScript(modules));
  await chmod(join(root, 'init'), 0o755);
}

/** Stays until it is killed and reads nothing, so that the lab may outlive the command that started it. */
function initScript(modules: readonly string[]): string {
  return `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
{
${modules.map((module) => `  insmod /modules/${module}`).join(' &&\n')} &&
  ip -batch /links &&
  tc -batch /shaping &&
  echo ROUTER READY
} || echo ROUTER FAILED
exec sleep 2147483647
`;
}

async function copyCommand(root: string, command: string): Promise<void> {
  const path = (await run('sh', ['-c', 'command -v "$1"', 'sh', command])).trim();
  await copyFile(path, join(root, 'bin', command));
  const libraries = (await run('ldd', [path])).matchAll(/(\/\S+) \(0x/g);
  for (const [, library = ''] of libraries) {
    await mkdir(join(root, dirname(library)), { recursive: true });
    await copyFile(library, join(root, library));
  }
}

/** Copies the modules and what they depend on; returns their file names in the order to load them. */
async function copyModules(root: string): Promise<string[]> {
  const [version] = await readdir(MODULES_FOLDER).catch(() => []);
  if (version === undefined) {
    throw new AppError(
      'MISSING_TOOL',
      `this kernel has no sch_netem, and there is no user-mode-linux either (Debian's package user-mode-linux)`,
    );
  }
  const folder = join(MODULES_FOLDER, version);
  const dependencies = parseDependencies(await readFile(join(folder, 'modules.dep'), 'utf8'));
  const paths = loadOrder(MODULES, dependencies);
  await Promise.all(paths.map((path) => copyFile(join(folder, path), join(root, 'modules', basename(path)))));
  return paths.map((path) => basename(path));
}

/** modules.dep: `path: path of a dependency …`, the one to be loaded first standing last. */
export function parseDependencies(text: string): Map<string, string[]> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line.includes(':'))
      .map((line) => {
        const [path = '', needed = ''] = line.split(':');
        return [path, needed.trim().split(' ').filter(Boolean).toReversed()];
      }),
  );
}

/** Paths of the named modules, each after those that it depends on, none twice. */
export function loadOrder(names: readonly string[], dependencies: ReadonlyMap<string, readonly string[]>): string[] {
  const paths = names.flatMap((name) => {
    const path = [...dependencies.keys()].find((known) => basename(known).replace(/\.ko.*$/, '') === name);
    return path === undefined ? [] : [...(dependencies.get(path) ?? []), path];
  });
  return [...new Set(paths)];
}

import { createHash } from 'node:crypto';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '#core/errors.ts';

/** A real control plane's programs. */
export const PROGRAM_NAMES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type ProgramName = (typeof PROGRAM_NAMES)[number];
/** Paths of the executables. */
export type Programs = Record<ProgramName, string>;

const CONFORMANCE = join('kubernetes', 'conformance');

type Environment = Readonly<Record<string, string | undefined>>;

/** The Go modules that the programs are built from. */
export const MODULES_FOLDER = fileURLToPath(new URL('../../../test/control-plane', import.meta.url));

/**
 * Where each program is: in KUBEBUILDER_ASSETS, on PATH, or built by `make control-plane`. What is nowhere is absent.
 */
export function findPrograms(env: Environment): Partial<Programs> {
  const folders = [env.KUBEBUILDER_ASSETS, ...(env.PATH ?? '').split(delimiter), builtProgramsFolder(env)];
  const found = PROGRAM_NAMES.map((name) => {
    const paths = folders.filter((folder) => folder).map((folder) => join(folder as string, name));
    return [name, paths.find(isExecutable)] as const;
  });
  return Object.fromEntries(found.filter(([, path]) => path !== undefined));
}

/** The same for who cannot do without any of them. Throws AppError MISSING_TOOL. */
export function requirePrograms(env: Environment): Programs {
  const programs = findPrograms(env);
  const missing = PROGRAM_NAMES.filter((name) => programs[name] === undefined);
  if (missing.length === 0) return programs as Programs;
  throw new AppError(
    'MISSING_TOOL',
    `no ${missing.join(', ')} here: "make control-plane" builds what is missing with Go (about five minutes), or name a folder that has them in KUBEBUILDER_ASSETS`,
  );
}

/** Where `make control-plane` leaves what it builds: a folder for each content of the modules, so that none is ever stale. */
export function builtProgramsFolder(env: Environment): string {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  const sources = hashOf((path) => !path.startsWith(CONFORMANCE));
  return join(cache, 'netaware', 'control-plane', `${kubernetesVersion()}-${process.arch}-${sources}`);
}

/** The extender's conformance tests: Go, because they use kube-scheduler's own client. Their sources change more often. */
export function conformanceTests(env: Environment): string {
  return join(builtProgramsFolder(env), `conformance-${hashOf((path) => path.startsWith(CONFORMANCE))}.test`);
}

/** Such as v1.36.3. */
export function kubernetesVersion(): string {
  const goMod = readFileSync(join(MODULES_FOLDER, 'kubernetes', 'go.mod'), 'utf8');
  const version = /k8s\.io\/kubernetes (v[\d.]+)/.exec(goMod)?.[1];
  if (version === undefined) throw new AppError('FAILED', `${MODULES_FOLDER}/kubernetes/go.mod names no version`);
  return version;
}

/** Of the files below the modules' folder for whose path within it `isWanted` holds. */
function hashOf(isWanted: (path: string) => boolean): string {
  const files = readdirSync(MODULES_FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(MODULES_FOLDER, join(parentPath, name)))
    .filter(isWanted)
    .toSorted();
  const hash = createHash('sha256');
  for (const path of files)
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(MODULES_FOLDER, path)));
  return hash.digest('hex').slice(0, 12);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '#core/errors.ts';
import { installedPrograms } from '#lab/control-plane/kubernetes/installed-programs.ts';
import { PROGRAM_NAMES, type ProgramName } from '#lab/control-plane/kubernetes/program-names.ts';

/** Paths of the executables. */
export type Programs = Record<ProgramName, string>;

const CONFORMANCE = join('kubernetes', 'conformance');

let knownHashes: ReturnType<typeof hashes> | undefined;

type Environment = Readonly<Record<string, string | undefined>>;

/** The Go modules that the programs are built from. */
export const MODULES_FOLDER = fileURLToPath(new URL('../../../test/control-plane', import.meta.url));

/**
 * Where each program is: installed and fit (in KUBEBUILDER_ASSETS or on PATH), or built by `make control-plane`. What is nowhere
 * is absent.
 */
export function findPrograms(env: Environment): Partial<Programs> {
  const folder = builtProgramsFolder(env);
  const built = PROGRAM_NAMES.map((name) => [name, join(folder, name)] as const).filter(([, path]) => existsSync(path));
  return { ...Object.fromEntries(built), ...installedPrograms(env, kubernetesVersion()).programs };
}

/** Which installed programs are used or left, and why, a line each. */
export function describePrograms(env: Environment): string[] {
  return installedPrograms(env, kubernetesVersion()).lines;
}

/** What `findPrograms` finds, for who cannot do without any of them. Throws AppError MISSING_TOOL. */
export function requirePrograms(env: Environment): Programs {
  const programs = findPrograms(env);
  const missing = PROGRAM_NAMES.filter((name) => programs[name] === undefined);
  if (missing.length === 0) return programs as Programs;
  throw new AppError(
    'MISSING_TOOL',
    [
      `no ${missing.join(', ')} here: "make control-plane" builds what is missing with Go (about five minutes), or name a folder that has them in KUBEBUILDER_ASSETS`,
      ...describePrograms(env),
    ].join('; '),
  );
}

/** Where `make control-plane` leaves what it builds: a folder for each content of the modules, so that none is ever stale. */
export function builtProgramsFolder(env: Environment): string {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  const sources = hashes().programs;
  return join(cache, 'netaware', 'control-plane', `${kubernetesVersion()}-${process.arch}-${sources}`);
}

/** The extender's conformance tests: Go, because they use kube-scheduler's own client. Their sources change more often. */
export function conformanceTests(env: Environment): string {
  return join(builtProgramsFolder(env), `conformance-${hashes().conformance}.test`);
}

/** Such as v1.36.3. */
export function kubernetesVersion(): string {
  const goMod = readFileSync(join(MODULES_FOLDER, 'kubernetes', 'go.mod'), 'utf8');
  const version = /k8s\.io\/kubernetes (v[\d.]+)/.exec(goMod)?.[1];
  if (version === undefined) throw new AppError('FAILED', `${MODULES_FOLDER}/kubernetes/go.mod names no version`);
  return version;
}

/** Made once: the modules do not change while a process runs. */
function hashes(): { programs: string; conformance: string } {
  knownHashes ??= {
    programs: hashOf((path) => !path.startsWith(CONFORMANCE)),
    conformance: hashOf((path) => path.startsWith(CONFORMANCE)),
  };
  return knownHashes;
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

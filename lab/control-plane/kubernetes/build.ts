import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecaError, execa } from 'execa';
import { AppError } from '#core/errors.ts';
import { PROGRAM_NAMES } from '#lab/control-plane/kubernetes/program-names.ts';
import {
  builtProgramsFolder,
  conformanceTests,
  describePrograms,
  findPrograms,
  kubernetesVersion,
  MODULES_FOLDER,
} from '#lab/control-plane/kubernetes/programs.ts';

interface Target {
  name: string;
  output: string;
  module: 'etcd' | 'kubernetes';
  source: string;
  /** Of `go`. */
  args: string[];
}

/**
 * Builds what no folder has of a control plane, and the conformance tests, with Go from its public modules. Says what it
 * does, a line each. Throws AppError MISSING_TOOL without Go, FAILED with Go's own words.
 */
export async function buildControlPlane(
  env: Readonly<Record<string, string | undefined>>,
  progress: (line: string) => void,
): Promise<void> {
  const folder = builtProgramsFolder(env);
  for (const line of describePrograms(env)) progress(line);
  const targets = missingTargets(env);
  if (targets.length === 0) {
    progress(`nothing to build: ${Object.values(findPrograms(env)).join(', ')}`);
    return;
  }
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'building-'));
  try {
    for (const [position, target] of targets.entries()) {
      const startedAt = performance.now();
      progress(`${position + 1} of ${targets.length}: building ${target.name}`);
      const built = join(scratch, 'program');
      await goBuild(target, built, env);
      await rename(built, target.output);
      progress(`${target.name}: ${Math.round((performance.now() - startedAt) / 1000)} s`);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function missingTargets(env: Readonly<Record<string, string | undefined>>): Target[] {
  const found = findPrograms(env);
  const targets = PROGRAM_NAMES.filter((name) => found[name] === undefined).map((name): Target => {
    const output = join(builtProgramsFolder(env), name);
    return name === 'etcd'
      ? { name, output, module: 'etcd', source: '.', args: ['build', '-ldflags', '-s -w'] }
      : { name, output, module: 'kubernetes', source: `./cmd/${name}`, args: ['build', '-ldflags', versionFlags()] };
  });
  const output = conformanceTests(env);
  const tests: Target = {
    name: 'the conformance tests',
    output,
    module: 'kubernetes',
    source: './conformance',
    args: ['test', '-c'],
  };
  return existsSync(output) ? targets : [...targets, tests];
}

async function goBuild(target: Target, output: string, env: Readonly<Record<string, string | undefined>>) {
  const [verb = '', ...flags] = target.args;
  try {
    await execa('go', [verb, '-trimpath', ...flags, '-o', output, target.source], {
      cwd: join(MODULES_FOLDER, target.module),
      // The go.mod files are complete; GOFLAGS of the machine may say otherwise.
      env: { ...env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false' },
    });
    await chmod(output, 0o755);
  } catch (cause) {
    if (!(cause instanceof ExecaError)) throw cause;
    if (cause.code === 'ENOENT') {
      throw new AppError('MISSING_TOOL', 'no Go here: version 1.26 or newer builds the control plane (go.dev)', {
        cause,
      });
    }
    throw new AppError('FAILED', `go could not build ${target.name}: ${String(cause.stderr).trim()}`, { cause });
  }
}

/** Without it the programs call themselves v0.0.0. */
function versionFlags(): string {
  const version = kubernetesVersion();
  const [major = '', minor = ''] = version.slice(1).split('.');
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return [
    '-s',
    '-w',
    ...Object.entries(values).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`),
  ].join(' ');
}

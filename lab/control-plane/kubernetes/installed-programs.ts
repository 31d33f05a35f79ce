import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PROGRAM_NAMES, type ProgramName } from '#lab/control-plane/kubernetes/program-names.ts';

/** Programs of a control plane that somebody else installed. */
export interface InstalledPrograms {
  /** Those that are fit to be used together, and with those of our own build. */
  programs: Partial<Record<ProgramName, string>>;
  /** What was taken or left, and why, a line for each that was found. */
  lines: string[];
}

type Version = readonly [major: number, minor: number, patch: number];
type Found = { name: ProgramName; path: string; version: Version | undefined };

/** From then on kube-apiserver trusts etcd to tell how far a watch has come (its `feature_support_checker.go`). */
const LEAST_ETCD: Version = [3, 5, 13];
const LEAST_KUBERNETES: Version = [1, 33, 0];
const VERSION_DEADLINE_MS = 20_000;
const versions = new Map<string, Version | undefined>();

/**
 * Looks in KUBEBUILDER_ASSETS, then on PATH. The Kubernetes programs must be of one minor version: that of all three where
 * they agree, else `ours`, so that what is built joins them.
 */
export function installedPrograms(env: Readonly<Record<string, string | undefined>>, ours: string): InstalledPrograms {
  const folders = [env.KUBEBUILDER_ASSETS, ...(env.PATH ?? '').split(delimiter)].filter((folder) => folder);
  const found = PROGRAM_NAMES.flatMap((name): Found[] => {
    const path = folders.map((folder) => join(folder as string, name)).find(isExecutable);
    return path === undefined ? [] : [{ name, path, version: versionOf(path) }];
  });
  const kubernetes = found.filter(({ name }) => name !== 'etcd');
  const [first] = kubernetes;
  const agree =
    kubernetes.length === 3 && kubernetes.every(({ version }) => minorOf(version) === minorOf(first?.version));
  const wanted = agree ? minorOf(first?.version) : minorOf(parse(ours));
  const judged = found.map((program) => ({ ...program, objection: objectionTo(program, wanted) }));
  return {
    programs: Object.fromEntries(
      judged.filter(({ objection }) => objection === undefined).map(({ name, path }) => [name, path]),
    ),
    lines: judged.map(({ path, version, objection }) => {
      const what = `${path} (${version?.join('.') ?? 'of no known version'})`;
      return objection === undefined ? `taken: ${what}` : `left: ${what}: ${objection}`;
    }),
  };
}

/** Undefined where there is none. */
function objectionTo({ name, version }: Found, wanted: string | undefined): string | undefined {
  if (version === undefined) return 'does not tell its version';
  if (name === 'etcd') return isBefore(version, LEAST_ETCD) ? `older than ${LEAST_ETCD.join('.')}` : undefined;
  if (isBefore(version, LEAST_KUBERNETES)) return `older than ${LEAST_KUBERNETES.join('.')}`;
  return minorOf(version) === wanted ? undefined : `the others are of Kubernetes ${wanted}`;
}

/** Asked once for each path. */
function versionOf(path: string): Version | undefined {
  if (!versions.has(path)) {
    const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: VERSION_DEADLINE_MS });
    versions.set(path, parse(stdout ?? ''));
  }
  return versions.get(path);
}

/** "etcd Version: 3.6.16", "Kubernetes v1.36.3". */
function parse(text: string): Version | undefined {
  const [, major, minor, patch] = /(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function minorOf(version: Version | undefined): string | undefined {
  return version?.slice(0, 2).join('.');
}

function isBefore(version: Version, other: Version): boolean {
  const [one = 0, another = 0] =
    version.map((part, index) => [part, other[index] ?? 0]).find(([a, b]) => a !== b) ?? [];
  return one < another;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '#lab/command.ts';

const MODULE = join(import.meta.dirname, 'network-overhead');
const SOURCES = ['go.mod', 'go.sum', 'main.go'];

export interface SchedulerBinary {
  path: string;
  /** Of k8s.io/kubernetes, such as v1.34.7. */
  version: string;
}

/** kube-scheduler with NetworkOverhead compiled in; built where the cache has none of these sources yet. */
export async function networkOverheadScheduler(tell: (line: string) => void): Promise<SchedulerBinary> {
  const { path, folder, version } = await location();
  if (!existsSync(path)) await build(path, folder, version, tell);
  return { path, version };
}

/** The same where it is built already; undefined where it is not. */
export async function builtNetworkOverheadScheduler(): Promise<string | undefined> {
  const { path } = await location();
  return existsSync(path) ? path : undefined;
}

async function location(): Promise<SchedulerBinary & { folder: string }> {
  const sources = await Promise.all(SOURCES.map((name) => readFile(join(MODULE, name), 'utf8')));
  const version = /^\s*k8s\.io\/kubernetes (v\S+)$/m.exec(sources[0] ?? '')?.[1] ?? 'unknown';
  const hash = createHash('sha256').update(sources.join('\0')).digest('hex').slice(0, 12);
  const folder = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'netaware',
    `network-overhead-${version}-${hash}`,
  );
  return { path: join(folder, 'kube-scheduler'), folder, version };
}

async function build(path: string, folder: string, version: string, tell: (line: string) => void): Promise<void> {
  tell(`building kube-scheduler ${version} with NetworkOverhead; this takes minutes, once`);
  await mkdir(folder, { recursive: true });
  // Built beside its place and then moved: a build that was interrupted leaves no half binary to be found.
  const unfinished = `${path}.${process.pid}`;
  const flags = `-s -w -X k8s.io/component-base/version.gitVersion=${version}`;
  await run('env', [
    'CGO_ENABLED=0',
    'go',
    'build',
    '-C',
    MODULE,
    '-trimpath',
    '-ldflags',
    flags,
    '-o',
    unfinished,
    '.',
  ]);
  await rename(unfinished, path);
}

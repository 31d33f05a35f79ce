import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONTEXT, lineageOf, readStages, type Stage } from './dockerfile.ts';

const context = fileURLToPath(CONTEXT);
const NODE = 'usr/local/bin/node';

interface ImageStart {
  entrypoint: string[];
  path: string;
  workingFolder: string;
}

/** What `npm ci --omit=dev --omit=optional` installs, by the lock file: paths such as node_modules/zod. */
export function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(context, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
    .map(([path]) => path);
}

/** Lays out in `root` what the stage `dependencies` installs, and Node. */
export function layOutDependencies(root: string): void {
  const app = join(root, 'app');
  mkdirSync(app, { recursive: true });
  // Thousands of files: cp is quicker than Node. It takes packages inside of packages along.
  const outermost = productionPackages().filter((path) => path.lastIndexOf('node_modules/') === 0);
  execFileSync('cp', ['-a', '--parents', ...outermost, app], { cwd: context });
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  cpSync(process.execPath, join(root, NODE));
}

/** Lays out in `root` the files that an image of the target has of ours, and Node; returns how to start it. */
export function layOutImage(target: string, root: string, dependencies: string): ImageStart {
  const lineage = lineageOf(target, readStages());
  const workingFolder = join(root, 'app');
  mkdirSync(join(workingFolder, 'node_modules'), { recursive: true });
  for (const { copies } of lineage) for (const copy of copies) applyCopy(copy, workingFolder, dependencies);
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  link(join(dependencies, NODE), join(root, NODE));
  const entrypoint = (lineage.at(-1)?.entrypoint ?? []).map((word) => (word.startsWith('/') ? join(root, word) : word));
  return { entrypoint, path: `${join(root, 'usr/local/bin')}:/usr/bin:/bin`, workingFolder };
}

function applyCopy(
  { fromStage, sources, destination }: Stage['copies'][number],
  app: string,
  dependencies: string,
): void {
  for (const source of sources) {
    const name = destination.endsWith('/') ? join(destination, basename(source)) : destination;
    if (fromStage === undefined) {
      cpSync(join(context, source), join(app, name), { recursive: true, filter: (path) => !path.endsWith('.test.ts') });
    } else {
      rmSync(join(app, name), { recursive: true, force: true });
      link(join(dependencies, source), join(app, name));
    }
  }
}

/** Thousands of files, the same in each image: hard links are quick. */
function link(source: string, destination: string): void {
  execFileSync('cp', ['-al', source, destination]);
}

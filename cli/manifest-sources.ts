import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { AppError } from '#core/errors.ts';
import { type Manifest, parseManifests, readManifests } from '#runtime/manifest-file.ts';

const EXTENSIONS = /\.(ya?ml|json)$/;

/**
 * Manifests from where `-f` points, as for kubectl: files, folders (their files ending in .yaml, .yml or .json, and with
 * `recursive` those below), or "-" for standard input. Throws AppError NOT_FOUND or INVALID_INPUT.
 */
export async function readManifestSources(
  sources: readonly string[],
  options: { recursive: boolean },
): Promise<Manifest[]> {
  const input = sources.includes('-') ? await readText(process.stdin) : '';
  return sources.flatMap((source) =>
    source === '-' ? parseManifests(input, 'standard input') : filesOf(source, options).flatMap(readManifests),
  );
}

function filesOf(source: string, { recursive }: { recursive: boolean }): string[] {
  if (!isFolder(source)) return [source];
  const files = readdirSync(source, { recursive, withFileTypes: true })
    .filter((entry) => entry.isFile() && EXTENSIONS.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted();
  if (files.length > 0) return files;
  throw new AppError(
    'NOT_FOUND',
    `${source}: no file ends in .yaml, .yml or .json${recursive ? '' : ' (--recursive looks below)'}`,
  );
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface SecretVolume {
  /** Where a process sees the file. */
  path(name: string): string;
  /** Replaces all files at once. */
  swap(files: Readonly<Record<string, string>>): void;
}

/**
 * A folder that changes as the kubelet changes the volume of a Secret, ConfigMap or token: files are symbolic links into
 * `..data`, which is a link to a folder and is replaced by a rename.
 */
export function makeSecretVolume(folder: string, files: Readonly<Record<string, string>>): SecretVolume {
  mkdirSync(folder, { recursive: true });
  let current: string | undefined;
  const volume: SecretVolume = {
    path: (name) => join(folder, name),
    swap(next) {
      const version = mkdtempSync(join(folder, '..version-'));
      for (const [name, content] of Object.entries(next)) writeFileSync(join(version, name), content);
      symlinkSync(basename(version), join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
      if (current !== undefined) rmSync(current, { recursive: true });
      current = version;
    },
  };
  volume.swap(files);
  for (const name of Object.keys(files)) symlinkSync(join('..data', name), volume.path(name));
  return volume;
}

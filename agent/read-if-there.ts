import { readFileSync } from 'node:fs';

/** One of the kernel's files; empty where it cannot be read, as on a kernel without it. */
export function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

import { readFileSync } from 'node:fs';
import { AppError } from '#core/errors.ts';

/** The text of a file that a person named. Throws AppError NOT_FOUND with one line where it cannot be read. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError('NOT_FOUND', `${path}: cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

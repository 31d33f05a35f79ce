import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '#runtime/logger.ts';

/** A change comes as a burst of events. */
const GATHER_MS = 100;
/** Not every file system tells of changes. */
const POLL_MS = 60_000;

/**
 * Calls `onChange` soon after something changed in the folders of these files, and each minute in any case: it is to see
 * for itself whether the files are new. The folders are watched and not the files, because the kubelet replaces a volume's
 * files by a symbolic link beside them (`..data`).
 */
export function watchFiles(paths: readonly string[], logger: Logger, onChange: () => void): { stop(): void } {
  let gathering: NodeJS.Timeout | undefined;
  const changed = () => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      onChange();
    }, GATHER_MS);
  };
  const watchers = [...new Set(paths.map(dirname))].map((folder) => watchFolder(folder, logger, changed));
  const polling = setInterval(onChange, POLL_MS);
  return {
    stop() {
      clearTimeout(gathering);
      clearInterval(polling);
      for (const watcher of watchers) watcher?.close();
    },
  };
}

/** Undefined where the system's watches are used up. */
function watchFolder(folder: string, logger: Logger, onChange: () => void): FSWatcher | undefined {
  const pollOnly = (err: unknown) => logger.warn({ folder, err }, 'folder cannot be watched, looked at each minute');
  try {
    return watch(folder, onChange).on('error', pollOnly);
  } catch (err) {
    pollOnly(err);
    return undefined;
  }
}

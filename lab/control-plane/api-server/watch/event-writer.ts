import type { ServerResponse } from 'node:http';

export interface EventWriter {
  write(line: string): void;
}

/** Enough for every pod of a large lab at once. */
const MAX_PENDING_CHARACTERS = 16 * 1024 * 1024;

/**
 * Writes lines as the client reads them, after what is already written. A client that lags too far behind is cut off,
 * and has to list again; nobody else waits for it.
 */
export function createEventWriter(response: ServerResponse): EventWriter {
  let pending: string[] = [];
  let pendingCharacters = 0;
  let blocked = response.writableNeedDrain;
  response.on('drain', () => {
    const lines = pending.join('');
    pending = [];
    pendingCharacters = 0;
    blocked = lines !== '' && !response.write(lines);
  });
  return {
    write: (line) => {
      if (!blocked) {
        blocked = !response.write(line);
        return;
      }
      pending.push(line);
      pendingCharacters += line.length;
      if (pendingCharacters > MAX_PENDING_CHARACTERS) response.destroy();
    },
  };
}

import { readFile } from 'node:fs/promises';
import { STATE_FOLDER } from '#lab/names.ts';
import { until } from '#lab/until.ts';

const START_DEADLINE_MS = 60_000;
const REQUEST_TIMEOUT_MS = 1000;

/** Where a part does not come up, what it logged last says why: the log itself goes with the lab. */
export async function untilAnswers(url: string, part: string): Promise<void> {
  const log = `${STATE_FOLDER}/logs/${part}.log`;
  await until(`the ${part} is ready`, START_DEADLINE_MS, async () => {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
      return response.ok ? undefined : await response.text();
    } catch (err) {
      const lines = await readFile(log, 'utf8').catch(() => '');
      return `${(err as Error).message}; its last words: ${lines.trim().split('\n').at(-1)}`;
    }
  });
}

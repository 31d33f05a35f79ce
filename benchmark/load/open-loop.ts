import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadResult {
  /** From the intended send time to the end of the answer, for requests that were answered with 200. */
  latenciesMs: number[];
  errors: number;
  /** From the first intended send time to the last answer. */
  durationMs: number;
}

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Sends one request at each of the given times (ms from now, ascending) whether or not earlier ones were answered, and
 * measures from the intended time: a server that stalls is charged for all that it kept waiting (no coordinated omission).
 */
export async function runOpenLoop(url: string, timesMs: readonly number[], signal?: AbortSignal): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const startMs = performance.now();
  const latenciesMs: number[] = [];
  let errors = 0;
  const pending = new Set<Promise<void>>();
  for (const timeMs of timesMs) {
    const waitMs = startMs + timeMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, signal ? { signal } : {});
    const request = send(url, agent).then((answered) => {
      if (answered) latenciesMs.push(performance.now() - startMs - timeMs);
      else errors++;
      pending.delete(request);
    });
    pending.add(request);
  }
  await Promise.all(pending);
  agent.destroy();
  return { latenciesMs, errors, durationMs: performance.now() - startMs - (timesMs[0] ?? 0) };
}

function send(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent, timeout: REQUEST_TIMEOUT_MS }, (response) => {
      response.resume();
      response.once('error', () => resolve(false));
      response.once('end', () => resolve(response.statusCode === 200));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}

import { setTimeout as pause } from 'node:timers/promises';
import type { HostPriority } from '#core/api/extender.ts';
import { quantile } from '#core/statistics.ts';
import { FAST_MICROSECONDS, GROUPS, makePod, podsOf, SLOW_MICROSECONDS, WATCHED } from './cluster.ts';
import { withExtender } from './processes.ts';
import type { UnderChange } from './result.ts';
import { type SchedulerClient, schedulerClient } from './scheduler-client.ts';

const LINKS_PER_NODE = 16;
const SETTLE_MS = 3000;
/** Between two pods that the scheduler asks for, and between two slices that are waited for. */
const POD_PAUSE_MS = 10;
const WATCHED_PAUSE_MS = 20;

/** What a scheduler and a slice meet while others keep coming. */
export async function measureUnderChange(
  nodes: number,
  { slicesPerSecond, seconds, folder }: { slicesPerSecond: number; seconds: number; folder: string },
): Promise<UnderChange> {
  return await withExtender({ nodes, linksPerNode: LINKS_PER_NODE }, folder, async ({ port, tell }, api) => {
    const atStart = await tell('tell');
    await api({ slicesPerSecond });
    await pause(SETTLE_MS);
    const before = await tell('measure');
    const startedAtMs = performance.now();
    const isOver = () => performance.now() - startedAtMs > seconds * 1000;
    const [calls, seen] = await Promise.all([
      askForPods(schedulerClient(port), nodes, isOver),
      watchSlices(schedulerClient(port), isOver, async (watchedMicroseconds) => {
        const { writtenAtMs = Number.NaN } = await api({ watchedMicroseconds });
        return writtenAtMs;
      }),
    ]);
    const elapsedMs = performance.now() - startedAtMs;
    const { p99Ms = Number.NaN, maxMs = Number.NaN, cpuMs = Number.NaN } = await tell('tell');
    return {
      nodes,
      slicesPerSecond,
      linksPerSlice: LINKS_PER_NODE,
      firstListDelay: { p99Ms: atStart.p99Ms ?? Number.NaN, maxMs: atStart.maxMs ?? Number.NaN },
      delay: { p99Ms, maxMs },
      cpuShare: (cpuMs - (before.cpuMs ?? Number.NaN)) / elapsedMs,
      calls: { count: calls.length, ...percentiles(calls) },
      seen: { count: seen.length, ...percentiles(seen) },
    };
  });
}

function percentiles(times: readonly number[]): { p50Ms: number; p99Ms: number } {
  return { p50Ms: quantile(times, 0.5) ?? Number.NaN, p99Ms: quantile(times, 0.99) ?? Number.NaN };
}

/** Filters and scores all nodes for one pod after the other; times of the single calls. */
async function askForPods(client: SchedulerClient, nodeCount: number, isOver: () => boolean): Promise<number[]> {
  const NodeNames = Array.from({ length: nodeCount }, (_, node) => `n${node}`);
  const bodies = podsOf(GROUPS.plain).map((Pod) => JSON.stringify({ Pod, NodeNames }));
  const times: number[] = [];
  for (let pod = 0; !isOver(); pod++) {
    for (const verb of ['filter', 'prioritize']) {
      const startedAt = performance.now();
      await client.post(verb, bodies[pod % bodies.length] as string);
      times.push(performance.now() - startedAt);
    }
    await pause(POD_PAUSE_MS);
  }
  client.close();
  return times;
}

/** From the writing of a slice to the first answer that holds it, each time with the other of two RTTs. */
async function watchSlices(
  client: SchedulerClient,
  isOver: () => boolean,
  write: (watchedMicroseconds: number) => Promise<number>,
): Promise<number[]> {
  const Pod = makePod(WATCHED.caller, 'new', WATCHED.group);
  const body = JSON.stringify({ Pod, NodeNames: WATCHED.nodes });
  const times: number[] = [];
  for (let isFast = true; !isOver(); isFast = !isFast) {
    const writtenAtMs = await write(isFast ? FAST_MICROSECONDS : SLOW_MICROSECONDS);
    while ((await firstIsBetter(client, body)) !== isFast) if (isOver()) return times;
    times.push(performance.timeOrigin + performance.now() - writtenAtMs);
    await pause(WATCHED_PAUSE_MS);
  }
  client.close();
  return times;
}

async function firstIsBetter(client: SchedulerClient, body: string): Promise<boolean> {
  const [first, second] = JSON.parse(await client.post('prioritize', body)) as HostPriority[];
  return (first?.Score ?? 0) > (second?.Score ?? 0);
}

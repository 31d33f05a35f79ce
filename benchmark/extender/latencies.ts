import type { HostPriority } from '#core/api/extender.ts';
import { AppError } from '#core/errors.ts';
import { median, quantile } from '#core/statistics.ts';
import { GROUPS, podsOf } from './cluster.ts';
import { withExtender } from './processes.ts';
import type { CallName, Latency } from './result.ts';
import { type SchedulerClient, schedulerClient } from './scheduler-client.ts';

const LINKS_PER_NODE = 32;
const WARM_UP_CALLS = 200;

interface Calls {
  call: CallName;
  verb: string;
  /** One for each workload, in turn. */
  bodies: readonly string[];
}

/** Times of single calls over HTTP (names only), medians over the runs; and what the extender keeps in memory. */
export async function measureLatencies(
  nodes: number,
  options: { calls: number; runs: number; folder: string },
): Promise<{ latencies: Latency[]; heapMiB: number; arraysMiB: number }> {
  return await withExtender({ nodes, linksPerNode: LINKS_PER_NODE }, options.folder, async ({ port, tell }) => {
    const client = schedulerClient(port);
    const latencies: Latency[] = [];
    for (const { call, verb, bodies } of await callsFor(client, nodes)) {
      const runs: number[][] = [];
      const before = await tell('tell');
      for (let run = 0; run < options.runs; run++) runs.push(await timeCalls(client, verb, bodies, options.calls));
      const { cpuMs = Number.NaN } = await tell('tell');
      const cpuMsPerCall = (cpuMs - (before.cpuMs ?? Number.NaN)) / (options.runs * (options.calls + WARM_UP_CALLS));
      const of = (q: number) => median(runs.map((times) => quantile(times, q) ?? Number.NaN)) ?? Number.NaN;
      latencies.push({ nodes, call, p50Ms: of(0.5), p99Ms: of(0.99), cpuMs: cpuMsPerCall });
    }
    client.close();
    const { heapMiB = Number.NaN, arraysMiB = Number.NaN } = await tell('tellMemory');
    return { latencies, heapMiB, arraysMiB };
  });
}

async function callsFor(client: SchedulerClient, nodeCount: number): Promise<Calls[]> {
  const names = Array.from({ length: nodeCount }, (_, node) => `n${node}`);
  const bodiesOf = (group: string, namesOf: (pod: number) => string[] = () => names) =>
    podsOf(group).map((Pod, pod) => JSON.stringify({ Pod, NodeNames: namesOf(pod) }));
  await demandScores(client, bodiesOf(GROUPS.plain));
  const left: string[][] = [];
  for (const body of bodiesOf(GROUPS.plain)) {
    left.push((JSON.parse(await client.post('filter', body)) as { NodeNames: string[] }).NodeNames);
  }
  return [
    { call: 'filter', verb: 'filter', bodies: bodiesOf(GROUPS.plain) },
    { call: 'prioritize what is left', verb: 'prioritize', bodies: bodiesOf(GROUPS.plain, (pod) => left[pod] ?? []) },
    { call: 'prioritize all', verb: 'prioritize', bodies: bodiesOf(GROUPS.plain) },
    { call: 'filter with limits', verb: 'filter', bodies: bodiesOf(GROUPS.limited) },
  ];
}

/** An extender that knows nothing answers the same for all nodes, and sooner. */
async function demandScores(client: SchedulerClient, bodies: readonly string[]): Promise<void> {
  for (const body of bodies) {
    const scores = (JSON.parse(await client.post('prioritize', body)) as HostPriority[]).map(({ Score }) => Score);
    if (new Set(scores).size < 2)
      throw new AppError('FAILED', 'the extender scores all nodes alike: nothing to measure');
  }
}

async function timeCalls(
  client: SchedulerClient,
  verb: string,
  bodies: readonly string[],
  calls: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < calls + WARM_UP_CALLS; call++) {
    const startedAt = performance.now();
    await client.post(verb, bodies[call % bodies.length] as string);
    if (call >= WARM_UP_CALLS) times.push(performance.now() - startedAt);
  }
  return times;
}

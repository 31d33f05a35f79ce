import type { Measurement } from '#core/api/agent.ts';
import { type Agents, bandwidthTests, metricIn } from './agents.ts';
import type { BenchCluster, ServedProcess } from './bench-cluster.ts';
import type { GrowthResult, LoadFigures, Memory, SizeResult } from './result.ts';

export const INTERVAL_MS = 15_000;
/** Plans change every few minutes. */
const ROUNDS_PER_PLAN = 20;
const MB = 1_000_000;

/** Reports as fast as they are taken, until all windows are full, of bandwidth too. */
export async function measureSize(cluster: BenchCluster, agents: Agents, rounds: number): Promise<SizeResult> {
  await agents.fetchPlans();
  const { names, aggregator } = cluster;
  const startMs = Date.now() - (rounds + 1) * INTERVAL_MS;
  const load = await measureLoad(aggregator, rounds + 1, (round) => {
    const measuredAtMs = startMs + round * INTERVAL_MS;
    return agents.sendRound((node) =>
      round === 0 ? bandwidthTests(agents, node, names, measuredAtMs) : agents.measurements(node, measuredAtMs),
    );
  });
  const links = names.reduce((sum, _, node) => sum + agents.peersOf(node).length, 0);
  return { nodes: names.length, links, load, memory: await memoryOf(aggregator) };
}

/** The reports of an hour or more, one right after the other, the last of them of now. */
export async function measureGrowth(cluster: BenchCluster, agents: Agents, rounds: number): Promise<GrowthResult> {
  const startMs = Date.now() - rounds * INTERVAL_MS;
  const quarters: Memory[] = [];
  const load = await measureLoad(cluster.aggregator, rounds, async (round) => {
    if (round % ROUNDS_PER_PLAN === 0) await agents.fetchPlans();
    const make = (node: number): Measurement[] => agents.measurements(node, startMs + round * INTERVAL_MS);
    const sent = await agents.sendRound(make);
    if ((round + 1) % Math.ceil(rounds / 4) === 0 || round + 1 === rounds) {
      quarters.push(await memoryOf(cluster.aggregator));
    }
    return sent;
  });
  return { nodes: cluster.names.length, seconds: (rounds * INTERVAL_MS) / 1000, load, quarters };
}

async function measureLoad(
  aggregator: ServedProcess,
  rounds: number,
  sendRound: (round: number) => Promise<{ samples: number; failed: number }>,
): Promise<LoadFigures> {
  let [samples, failedReports] = [0, 0];
  const [startedAt, cpuBefore] = [performance.now(), await aggregator.cpuMs()];
  for (let round = 0; round < rounds; round += 1) {
    const sent = await sendRound(round);
    samples += sent.samples;
    failedReports += sent.failed;
  }
  const [seconds, cpuSeconds] = [
    (performance.now() - startedAt) / 1000,
    ((await aggregator.cpuMs()) - cpuBefore) / 1000,
  ];
  return { samples, samplesPerSecond: samples / seconds, samplesPerCpuSecond: samples / cpuSeconds, failedReports };
}

export async function memoryOf({ url }: ServedProcess): Promise<Memory> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const inMB = (name: string) => metricIn(metrics, name) / MB;
  return {
    residentMB: inMB('process_resident_memory_bytes'),
    heapMB: inMB('nodejs_heap_size_used_bytes'),
    externalMB: inMB('nodejs_external_memory_bytes'),
  };
}

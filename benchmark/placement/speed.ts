import type { CallGraph } from '#benchmark/call-graph.ts';
import { appGroupOf, podOf } from '#benchmark/manifests.ts';
import { ONLINE_BOUTIQUE } from '#benchmark/presets/online-boutique.ts';
import { type Cluster, makeCluster } from '#benchmark/scheduler/cluster.ts';
import { makeZonedNetwork } from '#benchmark/scheduler/zoned-network.ts';
import { type Node, pod } from '#core/api/kubernetes.ts';
import { knownGroup } from '#core/appgroup/known-group.ts';
import { type Plan, type PlanInput, planPlacement } from '#core/appgroup/plan/plan.ts';
import { NO_OTHERS } from '#core/appgroup/plan/within-limits.ts';
import { createRandom } from '#core/random.ts';
import { usageByNode } from '#core/resources/node-usage.ts';
import { buildMatrix } from '#core/scoring/snapshot.ts';
import { randomGraph } from './graphs.ts';
import type { SpeedRun } from './result.ts';

// How long a plan takes, to its own end: nobody says that time is short.

const NAMESPACE = 'default';

interface SpeedCase {
  workloads: number;
  replicas: number;
  nodes: number;
  graph(random: () => number): CallGraph;
}

const CASES: readonly SpeedCase[] = [
  { workloads: 11, replicas: 3, nodes: 100, graph: () => ONLINE_BOUTIQUE },
  { workloads: 50, replicas: 10, nodes: 1000, graph: (random) => randomGraph(50, random) },
];

/**
 * Each case several times after once that does not count: every run with pods of its own, on a new link matrix and then on the same
 * one again.
 */
export function measureSpeed({ seed, runs }: { seed: number; runs: number }, tell: (line: string) => void): SpeedRun[] {
  return CASES.flatMap((given) => {
    const cluster = partlyUsed(makeCluster(given.nodes, makeZonedNetwork(seed), seed, 0), createRandom(seed));
    measureRun(given, cluster, seed);
    const measured = Array.from({ length: runs }, (_, run) => measureRun(given, cluster, seed + run)).flat();
    tell(`${given.workloads} workloads × ${given.replicas} planned on ${given.nodes} nodes, ${runs} times`);
    return measured;
  });
}

function measureRun(given: SpeedCase, cluster: Cluster, seed: number): SpeedRun[] {
  const { workloads, replicas, nodes } = given;
  const input = { ...inputOf(given, cluster, seed), matrix: buildMatrix(cluster, 0) };
  return (['cold', 'warm'] as const).map((matrix): SpeedRun => {
    const { plan, ...times } = timed(input);
    return { workloads, replicas, nodes, matrix, ...times, cost: plan.cost, lowerBound: plan.lowerBound };
  });
}

/** Other pods have 50 to 90 % of each node. */
function partlyUsed(cluster: Cluster, random: () => number): Cluster {
  const nodes = cluster.nodes.map((node): Node => {
    const free = 0.1 + 0.4 * random();
    const allocatable = { cpu: `${Math.round(4000 * free)}m`, memory: `${Math.round(16_384 * free)}Mi`, pods: '110' };
    return { ...node, status: { ...node.status, allocatable } };
  });
  return { ...cluster, nodes };
}

function inputOf({ graph: graphOf, replicas }: SpeedCase, { nodes }: Cluster, seed: number): Omit<PlanInput, 'matrix'> {
  const graph = graphOf(createRandom(seed));
  const pods = graph.workloads.flatMap(({ name }) =>
    Array.from({ length: replicas }, (_, replica) =>
      pod.parse(
        podOf(graph, name, { namespace: NAMESPACE, podName: `${name}-${replica}`, schedulerName: 'benchmark', seed }),
      ),
    ),
  );
  const usages = usageByNode(nodes, []);
  return {
    known: knownGroup(appGroupOf(graph, NAMESPACE)),
    pods,
    others: NO_OTHERS,
    usages,
    seed,
    outOfTime: () => false,
  };
}

function timed(input: PlanInput): Pick<SpeedRun, 'milliseconds' | 'cpuMs' | 'longestPieceMs'> & { plan: Plan } {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const pieces = planPlacement(input);
  let longestPieceMs = 0;
  for (let before = startedAt; ; ) {
    const { done, value } = pieces.next();
    const now = performance.now();
    longestPieceMs = Math.max(longestPieceMs, now - before);
    before = now;
    if (!done) continue;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { plan: value, milliseconds: now - startedAt, cpuMs: (user + system) / 1000, longestPieceMs };
  }
}

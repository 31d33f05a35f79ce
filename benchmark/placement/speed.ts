import type { CallGraph } from '#benchmark/call-graph.ts';
import { appGroupOf, podOf } from '#benchmark/manifests.ts';
import { ONLINE_BOUTIQUE } from '#benchmark/presets/online-boutique.ts';
import { type Cluster, makeCluster } from '#benchmark/scheduler/cluster.ts';
import { makeZonedNetwork } from '#benchmark/scheduler/zoned-network.ts';
import { type Node, pod } from '#core/api/kubernetes.ts';
import { knownGroup } from '#core/appgroup/known-group.ts';
import { type Plan, type PlanInput, planPlacement } from '#core/appgroup/plan/plan.ts';
import { createRandom } from '#core/random.ts';
import { usageOfNodes } from '#core/resources/node-usage.ts';
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

/** Each case several times, every run with pods of its own, first on a new link matrix and then on the same one again. */
export function measureSpeed({ seed, runs }: { seed: number; runs: number }, tell: (line: string) => void): SpeedRun[] {
  return CASES.flatMap((given) => {
    const { workloads, replicas, nodes } = given;
    const cluster = partlyUsed(makeCluster(nodes, makeZonedNetwork(seed), seed, 0), createRandom(seed));
    return Array.from({ length: runs }, (_, run) => {
      const input = { ...inputOf(given, cluster, seed + run), matrix: buildMatrix(cluster, 0) };
      const measured = (['cold', 'warm'] as const).map((matrix): SpeedRun => {
        const { plan, milliseconds, longestPieceMs } = timed(input);
        const { cost, lowerBound, unassigned } = plan;
        return {
          workloads,
          replicas,
          nodes,
          matrix,
          run,
          milliseconds,
          longestPieceMs,
          cost,
          lowerBound,
          unplaced: unassigned.length,
        };
      });
      const [cold, warm] = measured.map(({ milliseconds }) => milliseconds.toFixed(0));
      tell(
        `${workloads} workloads × ${replicas} on ${nodes} nodes, run ${run + 1} of ${runs}: ${cold} ms cold, ${warm} ms warm`,
      );
      return measured;
    }).flat();
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
  const usages = new Map(usageOfNodes(nodes, [], new Map()).map((usage) => [usage.node.metadata.name, usage]));
  return { known: knownGroup(appGroupOf(graph, NAMESPACE)), pods, usages, seed, outOfTime: () => false };
}

function timed(input: PlanInput): { plan: Plan; milliseconds: number; longestPieceMs: number } {
  const startedAt = performance.now();
  const pieces = planPlacement(input);
  let longestPieceMs = 0;
  let count = 0;
  for (let before = startedAt; ; ) {
    const { done, value } = pieces.next();
    const now = performance.now();
    longestPieceMs = Math.max(longestPieceMs, now - before);
    if (process.env.PP && now - before > 8)
      process.stderr.write(`piece ${count} ${(now - before).toFixed(1)} ${process.env.PH ?? ''}\n`);
    count++;
    before = now;
    if (done) return { plan: value, milliseconds: now - startedAt, longestPieceMs };
  }
}

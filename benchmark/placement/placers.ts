import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { membership, PlacementIndex } from '#core/appgroup/placements.ts';
import { planPlacement } from '#core/appgroup/plan/plan.ts';
import { NO_OTHERS } from '#core/appgroup/plan/within-limits.ts';
import { trafficOrder } from '#core/appgroup/traffic-order.ts';
import { finish } from '#core/pieces.ts';
import { filterNodes } from '#core/resources/node-filters.ts';
import { type NodeUsage, usageByNode, usageOfNodes } from '#core/resources/node-usage.ts';
import { scorePod } from '#core/scoring/score.ts';
import { createSnapshot } from '#core/scoring/snapshot.ts';
import { selectHost } from '#lab/control-plane/scheduler/select-host.ts';
import type { PlacementCase } from './cases.ts';
import { defaultScores } from './default-scores.ts';
import { networkOverheadScores } from './network-overhead.ts';

export const PLACER_NAMES = ['random', 'default', 'network-overhead', 'greedy', 'greedy-in-order', 'planned'] as const;
export type PlacerName = (typeof PLACER_NAMES)[number];

export interface Placed {
  /** For each workload the nodes of its replicas. */
  nodes: ReadonlyMap<string, readonly string[]>;
  /** Pods that found no node with room. */
  unplaced: number;
  /** A plan's: no placement can cost less. */
  lowerBound?: number;
}

type Scores = (
  pod: Pod,
  feasible: readonly NodeUsage[],
  placed: readonly Pod[],
  given: PlacementCase,
) => Map<string, number>;

/** As kube-scheduler takes the scores of an extender. */
const EXTENDER_SCORE_SCALE = 10;

const SCORES: Record<Exclude<PlacerName, 'planned' | 'greedy-in-order'>, Scores> = {
  random: (_pod, feasible) => new Map(feasible.map(({ node }) => [node.metadata.name, 0])),
  default: (pod, feasible, pods, { nodes }) => defaultScores(pod, feasible, { nodes, pods }),
  'network-overhead': (pod, feasible, pods, given) =>
    networkOverheadScores(pod, feasible, { nodes: given.nodes, pods }, given),
  greedy: greedyScores,
};

/** Places the pods of a case as the placer would, ties at random. */
export function place(placer: PlacerName, given: PlacementCase, random: () => number): Placed {
  if (placer === 'planned') return planned(given);
  if (placer === 'greedy-in-order') return oneByOne(inTrafficOrder(given), given, greedyScores, random);
  return oneByOne(given.pods, given, SCORES[placer], random);
}

/** Pods one after the other, as kube-scheduler takes them: each on a node with the highest score of those with room. */
function oneByOne(arriving: readonly Pod[], given: PlacementCase, scores: Scores, random: () => number): Placed {
  const placed: Pod[] = [];
  for (const pod of arriving) {
    const { feasible } = filterNodes(pod, usageOfNodes(given.nodes, placed, new Map()));
    if (feasible.length === 0) continue;
    const nodeName = selectHost(scores(pod, feasible, placed, given), random);
    if (nodeName !== undefined) placed.push({ ...pod, spec: { ...pod.spec, nodeName } });
  }
  const nodes = Map.groupBy(placed, (pod) => membership(pod)?.workload ?? '');
  return {
    nodes: new Map([...nodes].map(([workload, pods]) => [workload, pods.map(({ spec }) => spec.nodeName ?? '')])),
    unplaced: arriving.length - placed.length,
  };
}

/** The extender's scores as shipped, over kube-scheduler's own. */
function greedyScores(
  pod: Pod,
  feasible: readonly NodeUsage[],
  pods: readonly Pod[],
  given: PlacementCase,
): Map<string, number> {
  const { matrix, known, nodes } = given;
  const groups = new Map([[namespacedName(known.group.metadata), known]]);
  const snapshot = createSnapshot({ matrix, placed: PlacementIndex.of(pods), groups });
  const scores = defaultScores(pod, feasible, { nodes, pods });
  const config = { strategy: 'linear', dependenciesOnly: false } as const;
  for (const { node, score } of scorePod(pod, [...scores.keys()], snapshot, config).nodes) {
    scores.set(node, (scores.get(node) ?? 0) + EXTENDER_SCORE_SCALE * score);
  }
  return scores;
}

function inTrafficOrder({ pods, known }: PlacementCase): Pod[] {
  const order = trafficOrder(known.graph);
  const positionOf = (pod: Pod) => order.indexOf(membership(pod)?.workload ?? '');
  return pods.toSorted((a, b) => positionOf(a) - positionOf(b));
}

function planned({ known, pods, nodes, matrix, seed }: PlacementCase): Placed {
  const usages = usageByNode(nodes, []);
  const plan = finish(planPlacement({ known, pods, others: NO_OTHERS, usages, matrix, seed, outOfTime: () => false }));
  const byWorkload = Map.groupBy(plan.assignments, ({ workload }) => workload);
  return {
    nodes: new Map([...byWorkload].map(([workload, all]) => [workload, all.map(({ node }) => node)])),
    unplaced: plan.unassigned.length,
    lowerBound: plan.lowerBound,
  };
}

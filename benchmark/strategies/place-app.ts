import { appGroupOf, podOf } from '#benchmark/manifests.ts';
import { ONLINE_BOUTIQUE } from '#benchmark/presets/online-boutique.ts';
import { type Pod, pod } from '#core/api/kubernetes.ts';
import { buildGraph } from '#core/appgroup/graph.ts';
import { PlacementIndex, placementsOf } from '#core/appgroup/placements.ts';
import { trafficOrder } from '#core/appgroup/traffic-order.ts';
import { filterNodes } from '#core/resources/node-filters.ts';
import { usageOfNodes } from '#core/resources/node-usage.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import { scorePod } from '#core/scoring/score.ts';
import { createSnapshot, indexGroups } from '#core/scoring/snapshot.ts';
import { STRATEGY_NAMES, type StrategyName } from '#core/scoring/strategies.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';
import { scoreNodes } from '#lab/control-plane/scheduler/score-nodes.ts';
import { selectHost } from '#lab/control-plane/scheduler/select-host.ts';
import type { StrategyCase } from './cases.ts';

/** kube-scheduler's scores alone, or with those of a strategy added. */
export const ARMS = ['default', ...STRATEGY_NAMES] as const;
export type ArmName = (typeof ARMS)[number];

const NAMESPACE = 'default';
/** A score of 1 of the extender counts as much as 10 of a plugin. */
const EXTENDER_SCORE_SCALE = 10;

const group = appGroupOf(ONLINE_BOUTIQUE, NAMESPACE);
const graph = buildGraph(group.spec);
const groups = indexGroups([group]);

/** Network cost of the app as the arm places it, 0..1. `random` breaks ties. */
export function costOf(arm: ArmName, given: StrategyCase, random: () => number): number {
  const placements = placementsOf(placeApp(arm, given, random)).get(`${NAMESPACE}/${group.metadata.name}`);
  return placementCost(graph, placements ?? new Map(), given.matrix);
}

/** Pods one by one in the group's order; those that fit nowhere stay out, for every arm alike. */
function placeApp(arm: ArmName, { nodes, matrix, replicas }: StrategyCase, random: () => number): Pod[] {
  const pods: Pod[] = [];
  for (const workload of trafficOrder(graph)) {
    for (let replica = 0; replica < replicas; replica++) {
      const options = { namespace: NAMESPACE, podName: `${workload}-${replica}`, schedulerName: arm, seed: 0 };
      const candidate = pod.parse(podOf(ONLINE_BOUTIQUE, workload, options));
      const { feasible } = filterNodes(candidate, usageOfNodes(nodes, pods, new Map()));
      const scores = scoreNodes(candidate, feasible);
      if (arm !== 'default') addNetworkScores(scores, candidate, pods, matrix, arm);
      const nodeName = selectHost(scores, random);
      if (nodeName !== undefined) pods.push({ ...candidate, spec: { ...candidate.spec, nodeName } });
    }
  }
  return pods;
}

function addNetworkScores(
  scores: Map<string, number>,
  candidate: Pod,
  pods: Pod[],
  matrix: LinkMatrix,
  strategy: StrategyName,
): void {
  const snapshot = createSnapshot({ matrix, groups, placed: PlacementIndex.of(pods) });
  const { nodes } = scorePod(candidate, [...scores.keys()], snapshot, { strategy, dependenciesOnly: false });
  for (const { node: name, score } of nodes) scores.set(name, (scores.get(name) ?? 0) + EXTENDER_SCORE_SCALE * score);
}

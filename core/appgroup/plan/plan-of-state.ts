import type { AppGroup } from '#core/api/app-group.ts';
import { isStaying, namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { knownGroup } from '#core/appgroup/known-group.ts';
import { membership, placementsOf } from '#core/appgroup/placements.ts';
import { type Plan, planPlacement } from '#core/appgroup/plan/plan.ts';
import { presentCost } from '#core/appgroup/present-cost.ts';
import type { Pieces } from '#core/pieces.ts';
import { usageByNode } from '#core/resources/node-usage.ts';
import { buildMatrix, type ClusterState, indexGroups, newestMeasurementMs } from '#core/scoring/snapshot.ts';

export interface StatePlan extends Plan {
  /** Placement cost of the group as the state has it; absent while no call has both ends placed. */
  presentCost?: number;
  /** Pods of the group that name a workload which it does not have: they are not planned. */
  strangers: string[];
}

/**
 * Plans a group of a state that was written down: its pods without a node, or with `replan` all of them as if none had one. Pods that have
 * ended or are being deleted are not planned; those that are being deleted keep their room.
 */
export function* planOfState(
  state: ClusterState,
  group: AppGroup,
  options: { seed: number; replan: boolean; outOfTime: () => boolean },
): Pieces<StatePlan> {
  const key = namespacedName(group.metadata);
  const known = knownGroup(group);
  const isMember = (pod: Pod) => membership(pod)?.appGroup === key && isStaying(pod);
  const members = state.pods.filter(isMember);
  const others = state.pods.filter((pod) => !isMember(pod));
  const matrix = buildMatrix(state, newestMeasurementMs(state.slices));
  const pods = options.replan ? members.map(withoutNode) : members;
  const plan = yield* planPlacement({
    known,
    pods,
    others: { pods: () => others, groups: indexGroups(state.appGroups) },
    usages: usageByNode(state.nodes, [...pods, ...others]),
    matrix,
    seed: options.seed,
    outOfTime: options.outOfTime,
  });
  const cost = presentCost(known.graph, placementsOf(members).get(key) ?? new Map(), matrix);
  const isStranger = (pod: Pod) => !known.graph.workloads.includes(membership(pod)?.workload ?? '');
  return {
    ...plan,
    ...(cost === undefined ? {} : { presentCost: cost }),
    strangers: members.filter(isStranger).map(({ metadata }) => namespacedName(metadata)),
  };
}

function withoutNode(pod: Pod): Pod {
  const { nodeName: _node, ...spec } = pod.spec;
  return { ...pod, spec };
}

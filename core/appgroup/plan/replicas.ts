import { isActive, type Pod } from '#core/api/kubernetes.ts';
import { membership } from '#core/appgroup/placements.ts';
import { type Replica, replicasOf } from '#core/appgroup/plan/layout.ts';
import type { PlanInput } from '#core/appgroup/plan/plan.ts';
import type { NodeUsage } from '#core/resources/node-usage.ts';

/** The pods of the group that a plan is of, and by node index of the matrix what each node is used for. */
export function groupReplicas({
  known,
  pods,
  matrix,
  usages,
}: Pick<PlanInput, 'known' | 'pods' | 'matrix' | 'usages'>): {
  replicas: Replica[];
  usages: (NodeUsage | undefined)[];
} {
  const byIndex = matrix.nodes.map(({ name }) => usages.get(name));
  const workloads = new Set(known.graph.workloads);
  const members = pods.flatMap((pod) => {
    const workload = isPlanned(pod) ? membership(pod)?.workload : undefined;
    return workload !== undefined && workloads.has(workload) ? [{ pod, workload }] : [];
  });
  return { replicas: replicasOf(members, matrix, byIndex), usages: byIndex };
}

/** Pods that have ended or are going have no place in a plan; until they are gone they hold their node's room. */
export function isPlanned(pod: Pod): boolean {
  return isActive(pod) && !pod.metadata.deletionTimestamp;
}

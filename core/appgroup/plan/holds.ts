import type { PlacementPlan } from '#core/api/app-group.ts';
import { Layout, type Replica } from '#core/appgroup/plan/layout.ts';
import type { PlanInput } from '#core/appgroup/plan/plan.ts';
import { newestOf } from '#core/appgroup/plan/plan-status.ts';
import { groupReplicas } from '#core/appgroup/plan/replicas.ts';
import { isSameCost } from '#core/appgroup/plan/same-cost.ts';
import { withinLimits } from '#core/appgroup/plan/within-limits.ts';
import type { Pieces } from '#core/pieces.ts';

/**
 * Whether a plan that was made earlier can go on: it has a node for each pod of the group and no more, those that are placed are
 * where it has them, the others were there when it was made, still find room and keep the limits, and the network has not moved its
 * cost.
 */
export function* planHolds(
  plan: Pick<PlacementPlan, 'assignments' | 'costPartsPerMillion' | 'newestPodCreatedAt'>,
  input: Pick<PlanInput, 'known' | 'pods' | 'others' | 'usages' | 'matrix'>,
): Pieces<boolean> {
  const { known, matrix } = input;
  const cost = plan.costPartsPerMillion / 1e6;
  const { replicas, usages } = groupReplicas(input);
  yield;
  const layout = new Layout({ graph: known.graph, matrix, replicas, usages });
  const within = withinLimits(layout, known, input.others);
  const planned = Map.groupBy(plan.assignments, ({ workload }) => workload);
  // Those on a node that is not known stay there, and no plan names it.
  const members = Map.groupBy(
    replicas.filter(({ fixed, node }) => !fixed || node !== undefined),
    ({ workload }) => workload,
  );
  if (planned.size !== members.size) return false;
  let isFree = false;
  if (isNewer(replicas, plan.newestPodCreatedAt)) return false;
  for (const [workload, siblings] of members) {
    const open = (planned.get(workload) ?? []).map(({ node }) => node);
    if (open.length !== siblings.length) return false;
    for (const { pod } of siblings.filter(({ fixed }) => fixed)) {
      const position = open.indexOf(pod.spec.nodeName ?? '');
      if (position === -1) return false;
      open.splice(position, 1);
    }
    for (const replica of siblings.filter(({ fixed }) => !fixed)) {
      isFree = true;
      const keeps = within(replica);
      const position = open.findIndex((name) => {
        const node = matrix.indexOf(name);
        return node !== undefined && layout.fits(replica, node) && keeps?.(node) !== false;
      });
      if (position === -1) return false;
      layout.put(replica, matrix.indexOf(open[position] as string));
      open.splice(position, 1);
      yield;
    }
  }
  return !isFree || isSameCost(cost, layout.cost());
}

/** The extender does not follow a plan for a pod that is newer than all of its own. */
function isNewer(replicas: readonly Replica[], newestPodCreatedAt: string | undefined): boolean {
  const newest = newestOf(replicas.filter(({ fixed }) => !fixed).map(({ pod }) => pod));
  return newest !== undefined && newestPodCreatedAt !== undefined && newest > newestPodCreatedAt;
}

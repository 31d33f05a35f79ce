import type { PlacementPlan } from '#core/api/app-group.ts';
import { CallCosts } from '#core/appgroup/plan/call-costs.ts';
import { Layout } from '#core/appgroup/plan/layout.ts';
import type { PlanInput } from '#core/appgroup/plan/plan.ts';
import { newestOf } from '#core/appgroup/plan/plan-status.ts';
import { countByWorkload, type Replica, replicasOf } from '#core/appgroup/plan/replica.ts';
import { Room } from '#core/appgroup/plan/room.ts';
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
  const usages = matrix.nodes.map(({ name }) => input.usages.get(name));
  // Those on a node that is not known stay there, and no plan names it.
  const replicas = (yield* replicasOf(input.pods, known.graph, matrix, usages)).filter(
    ({ fixed, node }) => !fixed || node !== undefined,
  );
  if (isNewer(replicas, plan.newestPodCreatedAt)) return false;
  const calls = new CallCosts(known.graph, matrix, countByWorkload(replicas));
  const layout = new Layout({ matrix, replicas, room: new Room(usages), calls });
  const within = withinLimits(layout, known, input.others);
  const planned = Map.groupBy(plan.assignments, ({ workload }) => workload);
  if (planned.size !== layout.byWorkload.size) return false;
  yield;
  let isFree = false;
  for (const [workload, siblings] of layout.byWorkload) {
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
  return !isFree || isSameCost(plan.costPartsPerMillion / 1e6, layout.cost());
}

/** The extender does not follow a plan for a pod that is newer than all of its own. */
function isNewer(replicas: readonly Replica[], newestPodCreatedAt: string | undefined): boolean {
  const newest = newestOf(replicas.filter(({ fixed }) => !fixed).map(({ pod }) => pod));
  return newest !== undefined && newestPodCreatedAt !== undefined && newest > newestPodCreatedAt;
}

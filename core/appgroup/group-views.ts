import type { AppGroup, AppGroupStatus } from '#core/api/app-group.ts';
import type { AppGroupView } from '#core/api/app-group-view.ts';
import { namespacedName } from '#core/api/kubernetes.ts';
import { type Placements, placementsOf } from '#core/appgroup/placements.ts';
import { presentCost } from '#core/appgroup/present-cost.ts';
import { appGroupStatusOf, judgeSpec } from '#core/appgroup/status.ts';
import { buildMatrix, type ClusterState, newestMeasurementMs } from '#core/scoring/snapshot.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

/**
 * The AppGroups of a state that was written down, by name, each with a status made anew of its pods there. What cannot be made anew (the
 * plan, and conditions that are not of the spec) is as it was written, where it was written of this spec.
 */
export function groupViewsOf(state: ClusterState, now: string): AppGroupView[] {
  const placements = placementsOf(state.pods);
  const matrix = buildMatrix(state, newestMeasurementMs(state.slices));
  const byName = state.appGroups.toSorted((a, b) => (namespacedName(a.metadata) < namespacedName(b.metadata) ? -1 : 1));
  return byName.map((group) => {
    const { name, namespace = 'default', generation } = group.metadata;
    return { namespace, name, generation, spec: group.spec, status: statusOf(group, placements, matrix, now) };
  });
}

function statusOf(group: AppGroup, placements: Placements, matrix: LinkMatrix, now: string): AppGroupStatus {
  const { generation } = group.metadata;
  const written = group.status?.observedGeneration === generation ? group.status : undefined;
  const judged = judgeSpec(group.spec);
  const placed = placements.get(namespacedName(group.metadata)) ?? new Map<string, string[]>();
  const status = appGroupStatusOf({ judged, placed, generation, previous: written?.conditions, now });
  const { conditions = [] } = status;
  const others = written?.conditions?.filter(({ type }) => conditions.every((condition) => condition.type !== type));
  const cost = judged.read === undefined ? undefined : presentCost(judged.read.graph, placed, matrix);
  return {
    ...status,
    conditions: [...conditions, ...(others ?? [])],
    ...(written?.plan === undefined ? {} : { plan: written.plan }),
    ...(cost === undefined ? {} : { placementCostPartsPerMillion: Math.round(cost * 1e6) }),
  };
}

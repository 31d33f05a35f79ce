import type { AppGroup, AppGroupStatus } from '#core/api/app-group.ts';
import type { AppGroupView } from '#core/api/app-group-view.ts';
import { namespacedName } from '#core/api/kubernetes.ts';
import { type Claims, claimsOf, unambiguous } from '#core/appgroup/claims.ts';
import { type Placements, placementsOf } from '#core/appgroup/placements.ts';
import { presentCost } from '#core/appgroup/present-cost.ts';
import { appGroupStatusOf, judgeSpec } from '#core/appgroup/status.ts';
import { buildMatrix, type ClusterState, newestMeasurementMs } from '#core/scoring/snapshot.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

/**
 * The AppGroups of a state that was written down, by name, each with a status made anew of its pods there. The plan, and
 * what is said of it and of drift, are as they were written, where they were written of this spec.
 */
export function groupViewsOf(state: ClusterState, now: string): AppGroupView[] {
  const placements = placementsOf(state.pods);
  const matrix = buildMatrix(state, newestMeasurementMs(state.slices));
  const byName = state.appGroups.toSorted((a, b) => (namespacedName(a.metadata) < namespacedName(b.metadata) ? -1 : 1));
  const claims = claimsOf(state.appGroups.map(({ metadata, spec }) => ({ metadata, judged: judgeSpec(spec) })));
  return byName.map((group) => {
    const { name, namespace = 'default', generation } = group.metadata;
    return {
      namespace,
      name,
      generation,
      spec: group.spec,
      status: statusOf(group, { placements, matrix, claims, now }),
    };
  });
}

interface Ground {
  placements: Placements;
  matrix: LinkMatrix;
  claims: Claims;
  now: string;
}

function statusOf(group: AppGroup, { placements, matrix, claims: all, now }: Ground): AppGroupStatus {
  const { generation } = group.metadata;
  const written = group.status?.observedGeneration === generation ? group.status : undefined;
  const judged = judgeSpec(group.spec);
  const placed = placements.get(namespacedName(group.metadata)) ?? new Map<string, string[]>();
  const placementCost = judged.read === undefined ? undefined : presentCost(judged.read.graph, placed, matrix);
  const { placementCostPartsPerMillion: _costThen, ...previous } = written ?? {};
  const claims = unambiguous({ metadata: group.metadata, judged }, all, placed);
  const unknown = { planned: undefined, drifted: undefined };
  const status = appGroupStatusOf({ judged, claims, placed, placementCost, ...unknown, generation, previous, now });
  // That somebody will look at it is true of an aggregator, not of files.
  const told = new Set([...judged.verdicts, claims, ...(previous.conditions ?? [])].map(({ type }) => type));
  return { ...status, conditions: status.conditions?.filter(({ type }) => told.has(type)) };
}

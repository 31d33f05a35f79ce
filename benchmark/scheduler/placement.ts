import type { Pod } from '#core/api/kubernetes.ts';
import { placementsOf } from '#core/appgroup/placements.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import { buildMatrix, indexGroups } from '#core/scoring/snapshot.ts';
import { median } from '#core/statistics.ts';
import type { Apps } from './apps.ts';
import type { Binding } from './binding-recorder.ts';
import type { Cluster } from './cluster.ts';

/** Median over the apps of the network cost of each as it was placed, 0..1: what a rate must not be bought with. */
export type PlacementJudge = (bindings: readonly Binding[]) => number;

export function createPlacementJudge({ nodes, slices, topology }: Cluster, apps: Apps, nowMs: number): PlacementJudge {
  const matrix = buildMatrix({ nodes, slices, topology }, nowMs);
  const groups = indexGroups(apps.groups);
  return (bindings) => {
    const nodeOf = new Map(bindings.map(({ pod, node }) => [pod, node]));
    const bound = apps.pods.map((pod): Pod => {
      const nodeName = nodeOf.get(pod.metadata.name);
      return nodeName === undefined ? pod : { ...pod, spec: { ...pod.spec, nodeName } };
    });
    const placements = placementsOf(bound);
    const costs = [...groups].map(([name, { graph }]) =>
      placementCost(graph, placements.get(name) ?? new Map(), matrix),
    );
    return median(costs) ?? Number.NaN;
  };
}

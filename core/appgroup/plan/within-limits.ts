import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import type { KnownGroup } from '#core/appgroup/known-group.ts';
import { PlacementIndex } from '#core/appgroup/placements.ts';
import type { WithinLimits } from '#core/appgroup/plan/cheapest-node.ts';
import type { Layout } from '#core/appgroup/plan/layout.ts';
import { filterNodes } from '#core/scoring/filter.ts';
import { createSnapshot } from '#core/scoring/snapshot.ts';

/** With all other replicas where they are in the layout. Undefined for every replica where the group has no limits. */
export function withinLimitsOf(layout: Layout, known: KnownGroup, others: readonly Pod[] = []): WithinLimits {
  const { graph, group } = known;
  const { matrix } = layout;
  const isLimited = graph.workloads.some((workload) =>
    graph.dependencies(workload).some(({ limits }) => Object.keys(limits).length > 0),
  );
  if (!isLimited) return () => undefined;
  const names = matrix.nodes.map(({ name }) => name);
  const groups = new Map([[namespacedName(group.metadata), known]]);
  return ({ pod }) => {
    const placed = layout.replicas.flatMap(({ pod: other, node }) =>
      node === undefined || other === pod
        ? []
        : [{ ...other, spec: { ...other.spec, nodeName: names[node] as string } }],
    );
    const snapshot = createSnapshot({ matrix, placed: PlacementIndex.of([...placed, ...others]), groups });
    const { rejected } = filterNodes(pod, names, snapshot, { strategy: 'linear', dependenciesOnly: false });
    return (node) => rejected[names[node] as string] === undefined;
  };
}

import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import type { KnownGroup } from '#core/appgroup/known-group.ts';
import { PlacementIndex } from '#core/appgroup/placements.ts';
import type { Layout, Replica } from '#core/appgroup/plan/layout.ts';
import { filterNodes } from '#core/scoring/filter.ts';
import { createSnapshot } from '#core/scoring/snapshot.ts';

/** Which nodes keep the limits of the AppGroup for the replica; undefined: all. */
export type WithinLimits = (replica: Replica) => ((node: number) => boolean) | undefined;

/** The pods of other groups, and the groups: where they are bound they reserve bandwidth, too. */
export interface Others {
  pods(): Iterable<Pod>;
  groups: ReadonlyMap<string, KnownGroup>;
}

/** The AppGroup's limits, as the replicas of the layout are placed at the moment. Undefined for every replica where it has none. */
export function withinLimits(layout: Layout, known: KnownGroup, others: Others): WithinLimits {
  const { graph, matrix, replicas } = layout;
  const isLimited = graph.workloads.some((workload) =>
    graph.dependencies(workload).some(({ limits }) => Object.keys(limits).length > 0),
  );
  if (!isLimited) return () => undefined;
  const names = matrix.nodes.map(({ name }) => name);
  const groups = new Map([...others.groups, [namespacedName(known.group.metadata), known]]);
  const placed = PlacementIndex.of(others.pods());
  const snapshot = createSnapshot({ matrix, placed, groups });
  /** By replica: the pod where it counts as placed. */
  const counted = new Map<Replica, Pod>();

  function follow(replica: Replica): void {
    const before = counted.get(replica);
    const node = replica.node === undefined ? undefined : names[replica.node];
    if (before?.spec.nodeName === node) return;
    const after = node === undefined ? undefined : { ...replica.pod, spec: { ...replica.pod.spec, nodeName: node } };
    placed.change(before, after);
    if (after === undefined) counted.delete(replica);
    else counted.set(replica, after);
  }

  return ({ pod }) => {
    for (const replica of replicas) follow(replica);
    const { rejected } = filterNodes(pod, names, snapshot, { strategy: 'linear', dependenciesOnly: false });
    return (node) => rejected[names[node] as string] === undefined;
  };
}

import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import type { KnownGroup } from '#core/appgroup/known-group.ts';
import { PlacementIndex } from '#core/appgroup/placements.ts';
import type { WithinLimits } from '#core/appgroup/plan/cheapest-node.ts';
import type { Layout } from '#core/appgroup/plan/layout.ts';
import type { Replica } from '#core/appgroup/plan/replica.ts';
import { filterNodes } from '#core/scoring/filter.ts';
import { createSnapshot } from '#core/scoring/snapshot.ts';

/** The pods of other groups, and the groups: where they are bound they reserve bandwidth, too. */
export interface Others {
  pods(): Iterable<Pod>;
  groups: ReadonlyMap<string, KnownGroup>;
}

export const NO_OTHERS: Others = { pods: () => [], groups: new Map() };

/** With all other replicas where they are in the layout at that moment. Undefined for every replica where the group has no limits. */
export function withinLimits(layout: Layout, known: KnownGroup, others: Others): WithinLimits {
  const { graph } = known;
  const { matrix, replicas } = layout;
  const isLimited = graph.workloads.some((workload) =>
    graph.dependencies(workload).some(({ limits }) => Object.keys(limits).length > 0),
  );
  if (!isLimited) return () => undefined;
  const names = matrix.nodes.map(({ name }) => name);
  const groups = new Map([...others.groups, [namespacedName(known.group.metadata), known]]);
  const placed = PlacementIndex.of(others.pods());
  const snapshot = createSnapshot({ matrix, placed, groups });
  /** The pod of each replica where it counts as placed. */
  const counted = new Map<Replica, Pod>();
  /** How often replicas of each workload were moved. */
  const moves = new Map<string, number>();
  /** For each workload the last answer, and the moves of those that it talks to then: replicas are alike. */
  const answers = new Map<string, { moves: string; rejected: Readonly<Record<string, string>> }>();

  function count(replica: Replica, node: number | undefined): void {
    const before = counted.get(replica);
    const name = node === undefined ? undefined : names[node];
    if (before?.spec.nodeName === name) return;
    const after = name === undefined ? undefined : { ...replica.pod, spec: { ...replica.pod.spec, nodeName: name } };
    placed.change(before, after);
    if (after === undefined) counted.delete(replica);
    else counted.set(replica, after);
    moves.set(replica.workload, (moves.get(replica.workload) ?? 0) + 1);
  }

  function movesOfPeers(workload: string): string {
    const peers = [
      ...graph.dependencies(workload).map(({ destination }) => destination),
      ...graph.dependants(workload).map(({ origin }) => origin),
    ];
    return peers.map((peer) => moves.get(peer) ?? 0).join();
  }

  return (asked) => {
    // What is reserved depends on where all replicas are; all other limits on those alone that the workload talks to.
    const isAlike = !graph.reservesBandwidth;
    for (const replica of replicas) {
      const isLeftOut = replica === asked && !isAlike;
      count(replica, isLeftOut ? undefined : replica.node);
    }
    const peers = movesOfPeers(asked.workload);
    const known = isAlike ? answers.get(asked.workload) : undefined;
    const config = { strategy: 'linear', dependenciesOnly: false } as const;
    const rejected = known?.moves === peers ? known.rejected : filterNodes(asked.pod, names, snapshot, config).rejected;
    answers.set(asked.workload, { moves: peers, rejected });
    return (node) => rejected[names[node] as string] === undefined;
  };
}

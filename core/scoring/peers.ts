import type { Call, DependencyGraph } from '#core/appgroup/graph.ts';
import type { Direction } from '#core/topology/link-matrix.ts';

/** Another workload that a pod exchanges traffic with, and where its replicas are. */
export interface Peer {
  workload: string;
  /** `dependency`: the pod calls it. `dependant`: it calls the pod. */
  role: 'dependency' | 'dependant';
  weight: number;
  limits: Call['limits'];
  /** Distinct nodes with the number of replicas on each, by name. Never empty. */
  nodes: ReadonlyMap<string, number>;
  replicas: number;
}

/** Whether the calls between a pod and its peer go `to` the peer's nodes, or come `from` them. */
export function directionOf({ role }: Pick<Peer, 'role'>): Direction {
  return role === 'dependency' ? 'to' : 'from';
}

/** How many of the replicas are on each node, of their nodes one by one. */
export function nodeCounts(replicas: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of replicas) counts.set(node, (counts.get(node) ?? 0) + 1);
  return counts;
}

/** The peers of a workload that are placed already; those that are not cannot count yet. */
export function placedPeers(
  workload: string,
  graph: DependencyGraph,
  placed: ReadonlyMap<string, readonly string[]>,
): Peer[] {
  const peer = (role: Peer['role'], other: string, { weight, limits }: Call): Peer[] => {
    const replicas = placed.get(other) ?? [];
    if (replicas.length === 0) return [];
    return [{ workload: other, role, weight, limits, nodes: nodeCounts(replicas), replicas: replicas.length }];
  };
  return [
    ...graph.dependencies(workload).flatMap((call) => peer('dependency', call.destination, call)),
    ...graph.dependants(workload).flatMap((call) => peer('dependant', call.origin, call)),
  ];
}

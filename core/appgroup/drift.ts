import type { DependencyGraph } from '#core/appgroup/graph.ts';
import type { Pieces } from '#core/pieces.ts';
import { networkCostAt, networkCosts } from '#core/scoring/network-cost.ts';
import { placedPeers } from '#core/scoring/peers.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

/** A placed pod of an AppGroup. */
export interface PlacedPod {
  name: string;
  workload: string;
  node: string;
}

/** What it would save to move one pod, all others staying where they are. */
export interface Move {
  pod: string;
  workload: string;
  from: string;
  to: string;
  /** Of the group's placement cost, 0..1. */
  saving: number;
}

/**
 * For each pod the move that saves most, where one saves at least `threshold` of the group's placement cost; the greatest saving
 * first. `fits`: whether the pod could run on the node.
 *
 * A pod's share of the placement cost is its network cost divided by the replicas of its workload and by the weight of all calls
 * that have both ends placed.
 */
export function* worthwhileMoves(input: {
  graph: DependencyGraph;
  pods: readonly PlacedPod[];
  matrix: LinkMatrix;
  threshold: number;
  fits(pod: string, node: string): boolean;
}): Pieces<Move[]> {
  const { graph, pods, matrix, threshold, fits } = input;
  const byWorkload = Map.groupBy(pods, ({ workload }) => workload);
  const placed = new Map([...byWorkload].map(([name, replicas]) => [name, replicas.map(({ node }) => node)]));
  const totalWeight = weightOfPlacedCalls(graph, placed);
  const indexes = [...matrix.nodes.keys()];
  const moves: Move[] = [];
  for (const [workload, replicas] of byWorkload) {
    yield;
    const peers = placedPeers(workload, graph, placed);
    if (peers.length === 0) continue;
    const costs = networkCosts(peers, matrix, indexes);
    const costOf = (index: number) => networkCostAt(costs, index);
    const heres = replicas.map(({ node }) => matrix.indexOf(node)).filter((here) => here !== undefined);
    const dearest = Math.max(...heres.map(costOf));
    const saving = (from: number, to: number) => (from - to) / (replicas.length * totalWeight);
    // Of thousands of nodes few would be worth a move: only these are sorted.
    const cheapest = indexes
      .filter((index) => saving(dearest, costOf(index)) >= threshold)
      .toSorted((a, b) => costOf(a) - costOf(b));
    for (const { name: pod, node: from } of replicas) {
      const here = matrix.indexOf(from);
      if (here === undefined) continue;
      const saves = (index: number) => saving(costOf(here), costOf(index));
      for (const index of cheapest) {
        const to = matrix.nodes[index]?.name ?? '';
        if (saves(index) < threshold || saves(index) <= 0) break;
        if (!fits(pod, to)) continue;
        moves.push({ pod, workload, from, to, saving: saves(index) });
        break;
      }
    }
  }
  return moves.toSorted((a, b) => b.saving - a.saving || (a.pod < b.pod ? -1 : 1));
}

function weightOfPlacedCalls(graph: DependencyGraph, placed: ReadonlyMap<string, readonly string[]>): number {
  return graph.workloads
    .filter((workload) => placed.has(workload))
    .flatMap((workload) => graph.dependencies(workload))
    .reduce((sum, { destination, weight }) => sum + (placed.has(destination) ? weight : 0), 0);
}

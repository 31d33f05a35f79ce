import { directionOf, type Peer } from '#core/scoring/peers.ts';
import type { LinkMatrix, LinkQuantity } from '#core/topology/link-matrix.ts';

/** Cost of a link of which nothing is known: midway, so that ignorance neither wins nor loses. */
export const UNKNOWN_LINK_COST = 0.5;

/**
 * Costs of links are added up in whole numbers of this part: such sums are exact, in whatever order they are made, and what is taken
 * away from one again leaves no trace.
 */
const UNITS = 1e9;

/** The cost of a link in whole units; what counts for an unknown one where it is NaN. */
export function unitsOf(cost: number, { unknownCost }: Pick<LinkMatrix, 'unknownCost'>): number {
  return Math.round((Number.isNaN(cost) ? unknownCost : cost) * UNITS);
}

/** What the units of the links with all replicas of a peer come to. */
export function weighted(units: number, { weight, replicas }: Pick<Peer, 'weight' | 'replicas'>): number {
  return (units * weight) / (replicas * UNITS);
}

/** Node indexes of the matrix. */
export type NodeIndexes = readonly number[] | Int32Array;

/** Network costs for one pod, by node index of the matrix; those of nodes that were not asked for are not to be read. */
export interface NetworkCosts {
  dependencyCost: Float64Array;
  dependantCost: Float64Array;
  /** Sum of the weights of the peers that count. */
  totalWeight: number;
}

/**
 *     dependencyCost(n) = Σ over dependencies d  weight_d · mean over placed replicas r of d   linkCost(n → node(r))
 *     dependantCost(n)  = Σ over dependants u    weight_u · mean over placed replicas r of u   linkCost(node(r) → n)
 *
 * for each n of `nodes` (indexes of the matrix).
 */
export function networkCosts(peers: readonly Peer[], matrix: LinkMatrix, nodes: NodeIndexes): NetworkCosts {
  const [dependencyCost, dependantCost] = (['dependency', 'dependant'] as const).map((role) => {
    const sums = new Float64Array(matrix.nodes.length);
    for (const peer of peers) if (peer.role === role) addCosts(sums, peer, matrix, nodes);
    return sums;
  }) as [Float64Array, Float64Array];
  return { dependencyCost, dependantCost, totalWeight: totalWeight(peers) };
}

export function totalWeight(peers: readonly Peer[]): number {
  return peers.reduce((sum, { weight }) => sum + weight, 0);
}

/** The network cost of one of the nodes, by its index. */
export function networkCostAt({ dependencyCost, dependantCost }: NetworkCosts, node: number): number {
  return (dependencyCost[node] ?? Number.NaN) + (dependantCost[node] ?? Number.NaN);
}

function addCosts(sums: Float64Array, peer: Peer, matrix: LinkMatrix, nodes: NodeIndexes): void {
  const units = new Float64Array(sums.length);
  for (const [name, count] of peer.nodes) {
    const index = matrix.indexOf(name);
    const costs = index === undefined ? undefined : matrix.vector('cost', directionOf(peer), index);
    for (const node of nodes) (units[node] as number) += count * unitsOf(costs?.[node] ?? Number.NaN, matrix);
  }
  for (const node of nodes) (sums[node] as number) += weighted(units[node] as number, peer);
}

/**
 * For each n of `nodes`: Σ over peers  weight · mean over the peer's placed replicas of  value(quantity of the link
 * between n and the replica's node), the link taken in the direction of the call. By node index; 0 for all other nodes.
 */
export function weightedSum(
  peers: readonly Peer[],
  matrix: LinkMatrix,
  nodes: NodeIndexes,
  quantity: LinkQuantity,
  value: (quantity: number, peer: Peer) => number,
): Float64Array {
  const sums = new Float64Array(matrix.nodes.length);
  for (const peer of peers) {
    for (const [name, count] of peer.nodes) {
      const factor = (peer.weight * count) / peer.replicas;
      const index = matrix.indexOf(name);
      const vector = index === undefined ? undefined : matrix.vector(quantity, directionOf(peer), index);
      for (const node of nodes) {
        sums[node] = (sums[node] ?? 0) + factor * value(vector?.[node] ?? Number.NaN, peer);
      }
    }
  }
  return sums;
}

import { directionOf, type Peer } from '#core/scoring/peers.ts';
import type { LinkMatrix, LinkQuantity } from '#core/topology/link-matrix.ts';

/** Cost of a link of which nothing is known: midway, so that ignorance neither wins nor loses. */
export const UNKNOWN_LINK_COST = 0.5;

const NOTHING_KNOWN = new Float64Array(0);

/** Network costs for one pod, by node index of the matrix; those of nodes that were not asked for are 0. */
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
export function networkCosts(peers: readonly Peer[], matrix: LinkMatrix, nodes: readonly number[]): NetworkCosts {
  const [dependencyCost, dependantCost] = (['dependency', 'dependant'] as const).map((role) => {
    const sums = new Float64Array(matrix.nodes.length);
    for (const peer of peers) if (peer.role === role) addCosts(sums, peer, matrix, nodes);
    return sums;
  }) as [Float64Array, Float64Array];
  return { dependencyCost, dependantCost, totalWeight: peers.reduce((sum, { weight }) => sum + weight, 0) };
}

/** The network cost of one of the nodes, by its index. */
export function networkCostAt({ dependencyCost, dependantCost }: NetworkCosts, node: number): number {
  return (dependencyCost[node] ?? Number.NaN) + (dependantCost[node] ?? Number.NaN);
}

/** Plain loops: this is most of the time that a request takes. */
function addCosts(sums: Float64Array, peer: Peer, matrix: LinkMatrix, nodes: readonly number[]): void {
  for (const [name, count] of peer.nodes) {
    const factor = (peer.weight * count) / peer.replicas;
    const index = matrix.indexOf(name);
    const costs = index === undefined ? NOTHING_KNOWN : matrix.vector('cost', directionOf(peer), index);
    for (let position = 0; position < nodes.length; position++) {
      const node = nodes[position] as number;
      const cost = costs[node] ?? Number.NaN;
      (sums[node] as number) += factor * (Number.isNaN(cost) ? matrix.unknownCost : cost);
    }
  }
}

/**
 * For each n of `nodes`: Σ over peers  weight · mean over the peer's placed replicas of  value(quantity of the link
 * between n and the replica's node), the link taken in the direction of the call. By node index; 0 for all other nodes.
 */
export function weightedSum(
  peers: readonly Peer[],
  matrix: LinkMatrix,
  nodes: readonly number[],
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

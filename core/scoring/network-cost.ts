import type { Peer } from '#core/scoring/peers.ts';
import type { LinkMatrix, LinkQuantity } from '#core/topology/link-matrix.ts';

/** Cost of a link of which nothing is known: midway, so that ignorance neither wins nor loses. */
export const UNKNOWN_LINK_COST = 0.5;

/** Network cost of every node for one pod, by node index of the matrix. */
export interface NetworkCosts {
  dependencyCost: Float64Array;
  dependantCost: Float64Array;
  /** Sum of the weights of the peers that count. */
  totalWeight: number;
}

/**
 *     dependencyCost(n) = Σ over dependencies d  weight_d · mean over placed replicas r of d   linkCost(n → node(r))
 *     dependantCost(n)  = Σ over dependants u    weight_u · mean over placed replicas r of u   linkCost(node(r) → n)
 */
export function networkCosts(peers: readonly Peer[], matrix: LinkMatrix): NetworkCosts {
  const costsOf = (role: Peer['role']) =>
    weightedSum(
      peers.filter((peer) => peer.role === role),
      matrix,
      'cost',
      (cost) => (Number.isNaN(cost) ? UNKNOWN_LINK_COST : cost),
    );
  return {
    dependencyCost: costsOf('dependency'),
    dependantCost: costsOf('dependant'),
    totalWeight: peers.reduce((sum, { weight }) => sum + weight, 0),
  };
}

/**
 * For every node n: Σ over peers  weight · mean over the peer's placed replicas of  value(quantity of the link between n
 * and the replica's node), the link taken in the direction of the call.
 */
export function weightedSum(
  peers: readonly Peer[],
  matrix: LinkMatrix,
  quantity: LinkQuantity,
  value: (quantity: number, peer: Peer, node: number) => number,
): Float64Array {
  const sums = new Float64Array(matrix.nodes.length);
  for (const peer of peers) {
    for (const [name, count] of peer.nodes) {
      const factor = (peer.weight * count) / peer.replicas;
      const index = matrix.indexOf(name);
      if (index === undefined) {
        for (let node = 0; node < sums.length; node++)
          sums[node] = (sums[node] ?? 0) + factor * value(Number.NaN, peer, node);
        continue;
      }
      const vector = matrix.vector(quantity, peer.role === 'dependency' ? 'to' : 'from', index);
      for (let node = 0; node < sums.length; node++) {
        sums[node] = (sums[node] ?? 0) + factor * value(vector[node] ?? Number.NaN, peer, node);
      }
    }
  }
  return sums;
}

import type { DependencyGraph } from '#core/appgroup/graph.ts';
import { UNKNOWN_LINK_COST } from '#core/scoring/network-cost.ts';
import { nodeCounts } from '#core/scoring/peers.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

/**
 * Network cost of a whole AppGroup as it is placed: the cost of the link that a call takes, averaged over all calls by
 * their weight and over the replicas at both ends. 0..1; 0 where no call has both ends placed.
 */
export function placementCost(
  graph: DependencyGraph,
  placed: ReadonlyMap<string, readonly string[]>,
  matrix: LinkMatrix,
): number {
  const counts = new Map([...placed].map(([workload, nodes]) => [workload, nodeCounts(nodes)]));
  let sum = 0;
  let totalWeight = 0;
  for (const workload of graph.workloads) {
    for (const { destination, weight } of graph.dependencies(workload)) {
      const cost = meanCost(matrix, counts.get(workload), counts.get(destination));
      if (cost === undefined) continue;
      sum += weight * cost;
      totalWeight += weight;
    }
  }
  return totalWeight === 0 ? 0 : sum / totalWeight;
}

/** Over all pairs of replicas; undefined where there are none. */
function meanCost(
  matrix: LinkMatrix,
  origins: ReadonlyMap<string, number> = new Map(),
  destinations: ReadonlyMap<string, number> = new Map(),
): number | undefined {
  let sum = 0;
  let pairs = 0;
  for (const [to, toCount] of destinations) {
    const index = matrix.indexOf(to);
    const costs = index === undefined ? undefined : matrix.vector('cost', 'to', index);
    for (const [from, fromCount] of origins) {
      const cost = costs?.[matrix.indexOf(from) ?? -1] ?? Number.NaN;
      sum += fromCount * toCount * (Number.isNaN(cost) ? UNKNOWN_LINK_COST : cost);
      pairs += fromCount * toCount;
    }
  }
  return pairs === 0 ? undefined : sum / pairs;
}

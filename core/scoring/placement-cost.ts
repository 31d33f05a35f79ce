import type { DependencyGraph } from '#core/appgroup/graph.ts';
import { UNKNOWN_LINK_COST } from '#core/scoring/network-cost.ts';
import { mean } from '#core/statistics.ts';
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
  let sum = 0;
  let totalWeight = 0;
  for (const workload of graph.workloads) {
    for (const { destination, weight } of graph.dependencies(workload)) {
      const costs = (placed.get(workload) ?? []).flatMap((from) =>
        (placed.get(destination) ?? []).map((to) => matrix.link(from, to).cost ?? UNKNOWN_LINK_COST),
      );
      const cost = mean(costs);
      if (cost === undefined) continue;
      sum += weight * cost;
      totalWeight += weight;
    }
  }
  return totalWeight === 0 ? 0 : sum / totalWeight;
}

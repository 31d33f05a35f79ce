import type { DependencyGraph } from '#core/appgroup/graph.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

/** Placement cost of a group as it is placed, 0..1; undefined while no call has both ends on nodes that are known. */
export function presentCost(
  graph: DependencyGraph,
  placed: ReadonlyMap<string, readonly string[]>,
  matrix: LinkMatrix,
): number | undefined {
  const isKnown = (workload: string) => placed.get(workload)?.some((node) => matrix.indexOf(node) !== undefined);
  const anyCall = graph.workloads.some((workload) =>
    graph.dependencies(workload).some(({ origin, destination }) => isKnown(origin) && isKnown(destination)),
  );
  return anyCall ? placementCost(graph, placed, matrix) : undefined;
}

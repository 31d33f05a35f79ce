import type { DependencyGraph } from '#core/appgroup/graph.ts';

/**
 * The strongly connected components of a graph: the workloads that call each other in a circle, directly or through others,
 * and each of the others alone (R. Tarjan, Depth-first search and linear graph algorithms, 1972).
 */
export function stronglyConnectedComponents(graph: DependencyGraph): Set<string>[] {
  const indexes = new Map<string, number>();
  /** The least index that is reached from the workload within its component, as far as is known. */
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const components: Set<string>[] = [];

  function visit(workload: string): number {
    const index = indexes.size;
    indexes.set(workload, index);
    lowest.set(workload, index);
    path.push(workload);
    for (const { destination } of graph.dependencies(workload)) {
      if (!indexes.has(destination)) lower(workload, visit(destination));
      else if (path.includes(destination)) lower(workload, indexes.get(destination) ?? index);
    }
    const least = lowest.get(workload) ?? index;
    if (least === index) components.push(new Set(path.splice(path.indexOf(workload))));
    return least;
  }

  function lower(workload: string, index: number): void {
    lowest.set(workload, Math.min(lowest.get(workload) ?? index, index));
  }

  for (const workload of graph.workloads) if (!indexes.has(workload)) visit(workload);
  return components;
}

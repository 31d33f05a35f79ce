import { stronglyConnectedComponents } from '#core/appgroup/components.ts';
import type { DependencyGraph } from '#core/appgroup/graph.ts';

/** Workloads that depend on each other in a circle, each circle in the order of the spec. */
export function dependencyCycles(graph: DependencyGraph): string[][] {
  const cycles = stronglyConnectedComponents(graph).filter(({ size }) => size > 1);
  return graph.workloads.flatMap((first) => {
    const cycle = cycles.find((component) => component.has(first));
    if (cycle === undefined) return [];
    cycles.splice(cycles.indexOf(cycle), 1);
    return [graph.workloads.filter((workload) => cycle.has(workload))];
  });
}

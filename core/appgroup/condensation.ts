import { byName } from '#core/appgroup/by-name.ts';
import { stronglyConnectedComponents } from '#core/appgroup/components.ts';
import type { DependencyGraph } from '#core/appgroup/graph.ts';

/** Workloads that stand together in an order: one, or those of a circle, by name. */
export interface Component {
  workloads: readonly string[];
  /** Those that it calls, by name. */
  dependencies: readonly Component[];
  /** How many call it. */
  dependants: number;
}

/** A graph with each of its circles made one: it has none any more. The components are sorted by the first of their names. */
export function condensationOf(graph: DependencyGraph): Component[] {
  const components = stronglyConnectedComponents(graph)
    .map((workloads) => ({
      workloads: [...workloads].toSorted(byName),
      dependencies: [] as Component[],
      dependants: 0,
    }))
    .toSorted((a, b) => byName(a.workloads[0] ?? '', b.workloads[0] ?? ''));
  const componentOf = new Map(
    components.flatMap((component) => component.workloads.map((workload) => [workload, component] as const)),
  );
  for (const component of components) {
    const called = new Set(
      component.workloads
        .flatMap((workload) => graph.dependencies(workload))
        .map(({ destination }) => componentOf.get(destination)),
    );
    called.delete(component);
    component.dependencies = components.filter((candidate) => called.has(candidate));
    for (const dependency of component.dependencies) dependency.dependants++;
  }
  return components;
}

import type { Component } from '#core/appgroup/condensation.ts';

/**
 * Callers before those that they call, depth first: each workload is put before all that it leads to, once these have their
 * places (R. Tarjan, Edge-disjoint spanning trees and depth-first search, 1976). Of the dependencies of one workload the
 * last by name comes first, as in Kahn's order here; those that nobody calls come by name.
 */
export function tarjanOrder(components: readonly Component[]): Component[] {
  const visited = new Set<Component>();
  const finished: Component[] = [];

  function visit(component: Component): void {
    if (visited.has(component)) return;
    visited.add(component);
    component.dependencies.forEach(visit);
    finished.push(component);
  }

  components
    .filter(({ dependants }) => dependants === 0)
    .toReversed()
    .forEach(visit);
  return finished.toReversed();
}

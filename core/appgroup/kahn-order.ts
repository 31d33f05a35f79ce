import type { Component } from '#core/appgroup/condensation.ts';

/**
 * Callers before those that they call: next is always one whose callers all stand already (A. B. Kahn, Topological sorting of
 * large networks, 1962). Of several the one that became free last, as the AppGroup controller of the Kubernetes SIG's
 * scheduler plugins has it: of the dependencies of one workload the last by name. Those that nobody calls come by name.
 */
export function kahnOrder(components: readonly Component[]): Component[] {
  const waitsFor = new Map(components.map((component) => [component, component.dependants]));
  const free = components.filter(({ dependants }) => dependants === 0).toReversed();
  const order: Component[] = [];
  for (let next = free.pop(); next !== undefined; next = free.pop()) {
    order.push(next);
    for (const dependency of next.dependencies) {
      const callers = (waitsFor.get(dependency) ?? 0) - 1;
      waitsFor.set(dependency, callers);
      if (callers === 0) free.push(dependency);
    }
  }
  return order;
}

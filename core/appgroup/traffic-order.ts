import { byName } from '#core/appgroup/by-name.ts';
import type { DependencyGraph } from '#core/appgroup/graph.ts';

/**
 * The order in which to place workloads so that each finds as much of its traffic as possible already placed: first the
 * workload with the most traffic, then always the one most connected to those chosen (as Prim's algorithm grows a
 * maximum spanning tree). Equal ones by their own traffic, then by name. Every workload appears once, also in a cycle
 * or without any traffic.
 */
export function trafficOrder(graph: DependencyGraph): string[] {
  const total = new Map(graph.workloads.map((workload) => [workload, trafficOf(graph, workload)]));
  /** Sorted so that the first of equal ones is the one to choose. */
  const candidates = graph.workloads.toSorted((a, b) => (total.get(b) ?? 0) - (total.get(a) ?? 0) || byName(a, b));
  const connected = new Map(candidates.map((workload) => [workload, 0]));
  const order: string[] = [];
  while (connected.size > 0) {
    const [next] = [...connected].reduce((best, candidate) => (candidate[1] > best[1] ? candidate : best));
    connected.delete(next);
    order.push(next);
    for (const { destination, weight } of graph.dependencies(next)) add(connected, destination, weight);
    for (const { origin, weight } of graph.dependants(next)) add(connected, origin, weight);
  }
  return order;
}

function trafficOf(graph: DependencyGraph, workload: string): number {
  const calls = [...graph.dependencies(workload), ...graph.dependants(workload)];
  return calls.reduce((sum, { weight }) => sum + weight, 0);
}

/** Only for workloads that are not yet chosen. */
function add(connected: Map<string, number>, workload: string, weight: number): void {
  const before = connected.get(workload);
  if (before !== undefined) connected.set(workload, before + weight);
}

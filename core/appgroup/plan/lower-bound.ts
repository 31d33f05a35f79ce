import type { DependencyGraph } from '#core/appgroup/graph.ts';
import type { Layout } from '#core/appgroup/plan/layout.ts';
import type { Replica } from '#core/appgroup/plan/replica.ts';
import type { Room } from '#core/appgroup/plan/room.ts';
import type { Requests } from '#core/resources/node-usage.ts';
import type { Direction } from '#core/topology/link-matrix.ts';

/**
 * A placement cost below which no placement of the same replicas can be. Each call is looked at by itself:
 *
 * - Where the replicas of one end all stay, each of the others takes the node that is best for it alone.
 * - Where some are free at both ends, only so many pairs can be on one node as there is room on the emptiest for; all other
 *   pairs pay for the cheapest link that there is between two nodes.
 *
 * `room` is that before any of them was planned.
 */
export function lowerBound(layout: Layout, graph: DependencyGraph, room: Room): number {
  const cheapestLink = layout.matrix.cheapestLink();
  let sum = 0;
  let totalWeight = 0;
  for (const workload of graph.workloads) {
    const origins = placedOf(layout, workload);
    for (const { destination, weight } of graph.dependencies(workload)) {
      const destinations = placedOf(layout, destination);
      if (origins.length === 0 || destinations.length === 0) continue;
      totalWeight += weight;
      if (allStay(destinations)) sum += weight * leastMean(layout, origins, destinations, 'to');
      else if (allStay(origins)) sum += weight * leastMean(layout, destinations, origins, 'from');
      else if (noneStays(origins) && noneStays(destinations)) {
        sum += weight * (1 - togetherAtMost(room, origins, destinations)) * cheapestLink;
      }
    }
  }
  return totalWeight === 0 ? 0 : sum / totalWeight;
}

function placedOf(layout: Layout, workload: string): Replica[] {
  return (layout.byWorkload.get(workload) ?? []).filter(({ node }) => node !== undefined);
}

function allStay(replicas: readonly Replica[]): boolean {
  return replicas.every(({ fixed }) => fixed);
}

function noneStays(replicas: readonly Replica[]): boolean {
  return replicas.every(({ fixed }) => !fixed);
}

/** The least mean cost of the links between replicas, each on any node it may be on, and others that stay. */
function leastMean(
  layout: Layout,
  replicas: readonly Replica[],
  others: readonly Replica[],
  direction: Direction,
): number {
  const vectors = others.map(({ node }) => layout.calls.links(direction, node as number));
  const costs = layout.matrix.nodes.map((_, node) => meanOf(vectors, (vector) => vector[node] as number));
  const leastByNodes = new Map<Uint8Array, number>();
  return meanOf(replicas, ({ allowed, fixed, node }) => {
    if (fixed) return costs[node as number] as number;
    const least = leastByNodes.get(allowed) ?? leastOf(costs, allowed);
    leastByNodes.set(allowed, least);
    return least;
  });
}

function leastOf(costs: readonly number[], allowed: Uint8Array): number {
  return costs.reduce(
    (least, cost, node) => (allowed[node] === 1 ? Math.min(least, cost) : least),
    Number.POSITIVE_INFINITY,
  );
}

/**
 * The largest share of the pairs that can be on one node. A node that holds any of the origins holds at most `d` destinations beside
 * it, so each origin is with at most `d` of them; and the other way round.
 */
function togetherAtMost(room: Room, origins: readonly Replica[], destinations: readonly Replica[]): number {
  const withOrigin = Math.min(destinations.length, mostBeside(room, origins, destinations));
  const withDestination = Math.min(origins.length, mostBeside(room, destinations, origins));
  return Math.min(withOrigin / destinations.length, withDestination / origins.length);
}

/** How many of `others` there is room for on one node beside one of `replicas`, by the least that any of them asks for. */
function mostBeside(room: Room, replicas: readonly Replica[], others: readonly Replica[]): number {
  return room.mostBeside(leastRequests(replicas), leastRequests(others));
}

function leastRequests(replicas: readonly Replica[]): Requests {
  return {
    cpu: Math.min(...replicas.map(({ requests }) => requests.cpu)),
    memory: Math.min(...replicas.map(({ requests }) => requests.memory)),
  };
}

function meanOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0) / items.length;
}

import type { Layout, Replica } from '#core/appgroup/plan/layout.ts';
import type { Requests } from '#core/resources/node-usage.ts';
import { UNKNOWN_LINK_COST } from '#core/scoring/network-cost.ts';

/**
 * A placement cost below which no placement of the same replicas can be. Each call is looked at by itself:
 *
 * - Where the replicas of one end all stay, each of the others takes the node that is best for it alone.
 * - Where some are free at both ends, only so many pairs can be on one node as there is room on the emptiest for; all other
 *   pairs pay for the cheapest link that there is between two nodes.
 */
export function lowerBound(layout: Layout): number {
  const { graph, byWorkload } = layout;
  let sum = 0;
  let totalWeight = 0;
  for (const workload of graph.workloads) {
    const origins = placedOf(byWorkload.get(workload));
    for (const { destination, weight } of graph.dependencies(workload)) {
      const destinations = placedOf(byWorkload.get(destination));
      if (origins.length === 0 || destinations.length === 0) continue;
      sum += weight * leastMean(layout, origins, destinations);
      totalWeight += weight;
    }
  }
  return totalWeight === 0 ? 0 : sum / totalWeight;
}

function placedOf(replicas: readonly Replica[] = []): Replica[] {
  return replicas.filter(({ node }) => node !== undefined);
}

function leastMean(layout: Layout, origins: readonly Replica[], destinations: readonly Replica[]): number {
  if (destinations.every(({ fixed }) => fixed))
    return meanOf(origins, (each) => leastTo(layout, each, destinations, 'to'));
  if (origins.every(({ fixed }) => fixed))
    return meanOf(destinations, (each) => leastTo(layout, each, origins, 'from'));
  if ([...origins, ...destinations].some(({ fixed }) => fixed)) return 0;
  return (1 - togetherAtMost(layout, origins, destinations)) * layout.matrix.cheapestLink();
}

/** The least mean cost of the links between a replica, on any node it may be on, and others that stay. */
function leastTo(layout: Layout, replica: Replica, others: readonly Replica[], direction: 'to' | 'from'): number {
  const vectors = others.map(({ node }) => layout.matrix.vector('cost', direction, node as number));
  const meanAt = (node: number) =>
    meanOf(vectors, (vector) => {
      const cost = vector[node] as number;
      return Number.isNaN(cost) ? UNKNOWN_LINK_COST : cost;
    });
  if (replica.fixed) return meanAt(replica.node as number);
  let least = Number.POSITIVE_INFINITY;
  for (let node = 0; node < replica.allowed.length; node++) {
    if (replica.allowed[node] === 1) least = Math.min(least, meanAt(node));
  }
  return least;
}

/**
 * The largest share of the pairs that can be on one node. A node that holds any of the origins holds at most `d` destinations beside
 * it, so each origin is with at most `d` of them; and the other way round.
 */
function togetherAtMost(layout: Layout, origins: readonly Replica[], destinations: readonly Replica[]): number {
  const withOrigin = Math.min(destinations.length, mostBeside(layout, origins, destinations));
  const withDestination = Math.min(origins.length, mostBeside(layout, destinations, origins));
  return Math.min(withOrigin / destinations.length, withDestination / origins.length);
}

/** How many of `others` there is room for on one node beside one of `replicas`, by the least that any of them asks for. */
function mostBeside(layout: Layout, replicas: readonly Replica[], others: readonly Replica[]): number {
  return layout.mostRoom(leastRequests(replicas), leastRequests(others));
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

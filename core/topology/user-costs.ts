import type { StaticCost } from '#core/api/network-topology.ts';
import type { TopologyNode } from '#core/topology/measured-links.ts';

/**
 * Looks up the cost (0..1) that a user set for two nodes: by zones first, then by regions. A pair is directed; where only
 * the opposite direction is set, that counts.
 */
export function staticCostLookup(
  costs: readonly StaticCost[],
): (origin: TopologyNode, destination: TopologyNode) => number | undefined {
  const byPair = new Map(
    costs.map(({ topologyKey, origin, destination, networkCost }) => [
      pairKey(topologyKey, origin, destination),
      networkCost / 100,
    ]),
  );
  return (origin, destination) => {
    for (const key of ['zone', 'region'] as const) {
      const [from, to] = [origin[key], destination[key]];
      if (from === undefined || to === undefined) continue;
      const cost = byPair.get(pairKey(key, from, to)) ?? byPair.get(pairKey(key, to, from));
      if (cost !== undefined) return cost;
    }
    return undefined;
  };
}

function pairKey(topologyKey: string, origin: string, destination: string): string {
  return `${topologyKey}\n${origin}\n${destination}`;
}

/** Costs where only labels are known: an order (same zone < same region < other), its steps chosen evenly. */
export const LABEL_COSTS = {
  sameZone: 0.1,
  sameRegion: 0.4,
  other: 0.8,
  between(origin: TopologyNode, destination: TopologyNode): number | undefined {
    if (origin.zone !== undefined && origin.zone === destination.zone) return this.sameZone;
    if (origin.region !== undefined && origin.region === destination.region) return this.sameRegion;
    const known = (node: TopologyNode) => node.zone !== undefined || node.region !== undefined;
    return known(origin) && known(destination) ? this.other : undefined;
  },
} as const;

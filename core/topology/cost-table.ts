import type { Estimates, LinkKnowledge } from '#core/topology/estimates.ts';
import type { TopologyNode } from '#core/topology/measured-links.ts';
import { placesOf } from '#core/topology/places.ts';

/** The cost of every link from one zone or region to another, as a user set it: 0 is the best, and 100 the worst there should be. */
export interface TableCost {
  topologyKey: 'zone' | 'region';
  origin: string;
  destination: string;
  networkCost: number;
}

export type CostTable = readonly TableCost[];

/** What scheduler-plugins' NetworkOverhead counts for a link of which its table says nothing. */
export const UNLISTED_COST = 100;
const SAME_ZONE_COST = 1;

/**
 * Links as NetworkOverhead sees them, costs as they are in the table: 1 within a zone, that of the zones within a region, that of
 * the regions between regions, each in its own direction only; two nodes without labels are in one zone. Unknown is a link that
 * the table does not have, and every link to a node that has neither label.
 */
export function tableEstimates(nodes: readonly TopologyNode[], table: CostTable): Estimates {
  const { places, placeCount } = placesOf(nodes);
  const costs = new Map(
    table.map((cost) => [keyOf(cost.topologyKey, cost.origin, cost.destination), cost.networkCost]),
  );

  function costOf(from: TopologyNode, to: TopologyNode): number | undefined {
    const [here, there] = [from, to].map(({ zone = '', region = '' }) => ({ zone, region })) as [Place, Place];
    if (there.zone === '' && there.region === '') return undefined;
    if (here.region !== there.region) return costs.get(keyOf('region', here.region, there.region));
    return here.zone === there.zone ? SAME_ZONE_COST : costs.get(keyOf('zone', here.zone, there.zone));
  }

  /** Within a zone every limit is kept, and to a node that has neither label none. */
  function limitedCost(from: TopologyNode, to: TopologyNode): number {
    if (!to.zone && !to.region) return Number.POSITIVE_INFINITY;
    const isOneZone = (from.region ?? '') === (to.region ?? '') && (from.zone ?? '') === (to.zone ?? '');
    return isOneZone ? 0 : (costOf(from, to) ?? Number.NaN);
  }

  return {
    places,
    placeCount,
    isByPlace: () => true,
    knowsInterfaces: false,
    limitedCost: (from, to) => limitedCost(nodes[from] as TopologyNode, nodes[to] as TopologyNode),
    bandwidth: () => undefined,
    between: (from, to): LinkKnowledge => {
      const cost = costOf(nodes[from] as TopologyNode, nodes[to] as TopologyNode);
      return cost === undefined ? { source: 'unknown', confidence: 0 } : { source: 'static', confidence: 1, cost };
    },
  };
}

interface Place {
  zone: string;
  region: string;
}

function keyOf(topologyKey: TableCost['topologyKey'], origin: string, destination: string): string {
  return `${topologyKey}\n${origin}\n${destination}`;
}

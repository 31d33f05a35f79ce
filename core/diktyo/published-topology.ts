import type { DiktyoNetworkTopology } from '#core/api/diktyo.ts';
import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import type { ZonePair } from '#core/api/network-topology.ts';
import { linkCost } from '#core/scoring/link-cost.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';
import type { TopologyNode } from '#core/topology/measured-links.ts';

/** What the weights are called whose costs are measured. */
export const MEASURED_WEIGHTS = 'NetAware';

/** A cost as their NetworkTopology tells it: 1 (a link in a zone has that, too) to 100. */
interface PublishedCost {
  origin: string;
  destination: string;
  networkCost: number;
  /** In bits per second. */
  bandwidthCapacity?: number;
  /** Measured links behind it. */
  links: number;
}

/** The same by what they are between. */
export interface PublishedCosts {
  zone: PublishedCost[];
  region: PublishedCost[];
}

/**
 * The medians of zone pairs as their plugins read costs: between the zones of one region, and between regions, there the median
 * of the zone pairs with each counted as often as it has links. Where only the opposite direction is measured, that counts. Sorted.
 */
export function publishedCosts(matrix: Pick<LinkMatrix, 'zones' | 'nodes' | 'maxima' | 'weights'>): PublishedCosts {
  const regions = regionsOfZones(matrix.nodes);
  const costs = matrix.zones.flatMap((pair) => costOf(pair, matrix));
  const isInOneRegion = ({ origin, destination }: PublishedCost) =>
    [...(regions.get(origin) ?? [])].some((region) => regions.get(destination)?.has(region));
  const betweenRegions = costs.flatMap((cost) =>
    [...(regions.get(cost.origin) ?? [])].flatMap((origin) =>
      [...(regions.get(cost.destination) ?? [])]
        .filter((destination) => origin !== destination && origin !== '' && destination !== '')
        .map((destination) => ({ ...cost, origin, destination })),
    ),
  );
  const byRegions = Map.groupBy(betweenRegions, pairKey);
  return {
    zone: inBothDirections(costs.filter(isInOneRegion)),
    region: inBothDirections([...byRegions.values()].map(medianOf)),
  };
}

/** A zone that is in no region is in that without a name. */
function regionsOfZones(nodes: readonly TopologyNode[]): ReadonlyMap<string, ReadonlySet<string>> {
  const regions = new Map<string, Set<string>>();
  for (const { zone, region = '' } of nodes) {
    if (zone) regions.set(zone, (regions.get(zone) ?? new Set()).add(region));
  }
  return regions;
}

function costOf(pair: ZonePair, { maxima, weights }: Pick<LinkMatrix, 'maxima' | 'weights'>): PublishedCost[] {
  const { origin, destination, links, bandwidthBitsPerSecond } = pair;
  const cost = origin === destination ? undefined : linkCost(pair, maxima, weights);
  if (cost === undefined) return [];
  const networkCost = Math.max(1, Math.round(100 * cost));
  const capacity = bandwidthBitsPerSecond === undefined ? {} : { bandwidthCapacity: bandwidthBitsPerSecond };
  return [{ origin, destination, networkCost, ...capacity, links }];
}

function medianOf(costs: readonly PublishedCost[]): PublishedCost {
  const [{ origin, destination }] = costs as [PublishedCost];
  const networkCost = weightedMedian(costs.map((cost) => [cost.networkCost, cost.links])) ?? 100;
  const bandwidthCapacity = weightedMedian(
    costs.flatMap(({ bandwidthCapacity: capacity, links }) => (capacity === undefined ? [] : [[capacity, links]])),
  );
  const links = costs.reduce((sum, cost) => sum + cost.links, 0);
  return { origin, destination, networkCost, ...(bandwidthCapacity === undefined ? {} : { bandwidthCapacity }), links };
}

/** The least value that, with those below it, has half of the weight. */
function weightedMedian(values: readonly (readonly [value: number, weight: number])[]): number | undefined {
  const half = values.reduce((sum, [, weight]) => sum + weight, 0) / 2;
  let sum = 0;
  return values
    .toSorted(([a], [b]) => a - b)
    .find(([, weight]) => {
      sum += weight;
      return sum >= half;
    })?.[0];
}

function inBothDirections(costs: readonly PublishedCost[]): PublishedCost[] {
  const turned = costs.map((cost) => ({ ...cost, origin: cost.destination, destination: cost.origin }));
  const all = new Map([...turned, ...costs].map((cost) => [pairKey(cost), cost]));
  return [...all].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, cost]) => cost);
}

function pairKey({ origin, destination }: Pick<PublishedCost, 'origin' | 'destination'>): string {
  return `${origin}\n${destination}`;
}

/** The spec of their NetworkTopology with these costs. */
export function publishedSpec(costs: PublishedCosts): DiktyoNetworkTopology['spec'] {
  const originList = (list: readonly PublishedCost[]) =>
    [...Map.groupBy(list, ({ origin }) => origin)].map(([origin, from]) => ({
      origin,
      costList: from.map(({ destination, networkCost, bandwidthCapacity }) => ({
        destination,
        networkCost,
        ...(bandwidthCapacity === undefined ? {} : { bandwidthCapacity: String(bandwidthCapacity) }),
      })),
    }));
  return {
    // Their definition demands the name of a ConfigMap that their own measuring would use.
    configmapName: 'none',
    weights: [
      {
        name: MEASURED_WEIGHTS,
        topologyList: [
          { topologyKey: REGION_LABEL, originList: originList(costs.region) },
          { topologyKey: ZONE_LABEL, originList: originList(costs.zone) },
        ],
      },
    ],
  };
}

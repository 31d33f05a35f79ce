import type { LinkMaxima, LinkWeights, StaticCost, ZonePair } from '#core/api/network-topology.ts';
import type { LinkSource } from '#core/api/topology-view.ts';
import { linkCost } from '#core/scoring/link-cost.ts';
import { confidenceOf } from '#core/topology/confidence.ts';
import type { TopologyNode } from '#core/topology/measured-links.ts';
import { type Places, placesOf } from '#core/topology/places.ts';
import { LABEL_COSTS, staticCostLookup } from '#core/topology/user-costs.ts';

/** What is known of one directed link, and how well. `cost` is absent only where the source is `unknown`. */
export interface LinkKnowledge {
  source: LinkSource;
  /** 0..1: how far the cost is to be trusted. */
  confidence: number;
  cost?: number | undefined;
  rttMicroseconds?: number | undefined;
  jitterMicroseconds?: number | undefined;
  lossPartsPerMillion?: number | undefined;
  bandwidthBitsPerSecond?: number | undefined;
  /** Of the newest measurement behind it; absent where nothing was measured. */
  ageSeconds?: number | undefined;
  /** Present where the bandwidth was measured on this very link; else it is that of the zone pair. */
  bandwidthAgeSeconds?: number | undefined;
  samples?: number | undefined;
}

/** What is known of links without a measurement of their own, by the positions of both ends among the nodes. */
export interface Estimates extends Places {
  between(from: number, to: number): LinkKnowledge;
  /** The cost that limits look at, where it is another one; NaN where it is not known. */
  limitedCost?(from: number, to: number): number;
  /** The medians between the zones of both ends; undefined where a node has no zone or the pair no measurement. */
  zonePair(from: number, to: number): ZonePair | undefined;
}

/**
 * The first that applies: the median of the zone pair, a static cost, labels, unknown. It is the same for all nodes of
 * one zone and region, so each is made once for each pair of those.
 */
export function createEstimates(input: {
  nodes: readonly TopologyNode[];
  zones: readonly ZonePair[];
  staticCosts: readonly StaticCost[];
  maxima: LinkMaxima;
  weights: LinkWeights;
}): Estimates {
  const { nodes, maxima, weights } = input;
  const { places, placeCount } = placesOf(nodes);
  const staticCost = staticCostLookup(input.staticCosts);
  const pairs = new Map(input.zones.map((pair) => [`${pair.origin}\n${pair.destination}`, pair]));
  const made: LinkKnowledge[][] = [];

  function zonePair(from: number, to: number): ZonePair | undefined {
    const [origin, destination] = [nodes[from]?.zone, nodes[to]?.zone];
    return origin === undefined || destination === undefined ? undefined : pairs.get(`${origin}\n${destination}`);
  }

  function make(from: number, to: number): LinkKnowledge {
    const pair = zonePair(from, to);
    if (pair) {
      const { rttMicroseconds, bandwidthBitsPerSecond, lossPartsPerMillion, links } = pair;
      const metrics = { rttMicroseconds, bandwidthBitsPerSecond, lossPartsPerMillion };
      const cost = linkCost(metrics, maxima, weights);
      if (cost !== undefined) return { source: 'zone', confidence: confidenceOf('zone', links), cost, ...metrics };
    }
    const [origin, destination] = [nodes[from] as TopologyNode, nodes[to] as TopologyNode];
    const setCost = staticCost(origin, destination);
    if (setCost !== undefined) return { source: 'static', confidence: confidenceOf('static'), cost: setCost };
    const labelCost = LABEL_COSTS.between(origin, destination);
    if (labelCost !== undefined) return { source: 'labels', confidence: confidenceOf('labels'), cost: labelCost };
    return { source: 'unknown', confidence: 0 };
  }

  return {
    places,
    placeCount,
    zonePair,
    between: (from, to) => {
      const [origin, destination] = [places[from] as number, places[to] as number];
      made[origin] ??= [];
      made[origin][destination] ??= make(from, to);
      return made[origin][destination];
    },
  };
}

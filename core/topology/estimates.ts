import type { LinkMaxima, LinkWeights, StaticCost, ZonePair } from '#core/api/network-topology.ts';
import type { MeasuredLink } from '#core/api/network-topology-slice.ts';
import type { BandwidthSource, LinkSource } from '#core/api/topology-view.ts';
import { estimateRtt } from '#core/coordinates/coordinate.ts';
import { linkCost } from '#core/scoring/link-cost.ts';
import { bandwidthConfidenceOf, confidenceOf, coordinatesConfidence } from '#core/topology/confidence.ts';
import type { Direction } from '#core/topology/link-columns.ts';
import type { LinkRows } from '#core/topology/link-rows.ts';
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
  rttMethod?: MeasuredLink['rttMethod'];
  bandwidthBitsPerSecond?: number | undefined;
  /** Present where the bandwidth is. Of `interface` it is the most that it can be. */
  bandwidthSource?: BandwidthSource | undefined;
  bandwidthConfidence?: number | undefined;
  /** Of the newest measurement behind it; absent where nothing was measured. */
  ageSeconds?: number | undefined;
  /** Present where the bandwidth was measured on this very link. */
  bandwidthAgeSeconds?: number | undefined;
  samples?: number | undefined;
}

/** What is known of links without a measurement of their own, by the positions of both ends among the nodes. */
export interface Estimates extends Places {
  /** Whether the links of a node are estimated as those of every other node of its place. */
  isByPlace(direction: Direction, node: number): boolean;
  /** Whether any bandwidth is known to be at most what interfaces have left. */
  knowsInterfaces: boolean;
  between(from: number, to: number): LinkKnowledge;
  /** The cost that limits look at, where it is another one; NaN where it is not known. */
  limitedCost?(from: number, to: number): number;
  /** The bandwidth of a link on which none was measured. */
  bandwidth(from: number, to: number): EstimatedBandwidth | undefined;
}

interface EstimatedBandwidth {
  bitsPerSecond: number;
  source: Exclude<BandwidthSource, 'measured'>;
}

/** What is the same for all links between two places. */
interface OfPlaces {
  link: LinkKnowledge;
  bandwidth: EstimatedBandwidth | undefined;
}

/**
 * The first that applies: the median of the zone pair, coordinates, a static cost, labels, unknown. But for coordinates it is the
 * same for all nodes of one zone and region, so each is made once for each pair of those. A bandwidth that is not known of the
 * zone pair is at most what the interfaces of both ends have left. Coordinates and interfaces count as they are in the rows now.
 */
export function createEstimates(input: {
  rows: LinkRows;
  zones: readonly ZonePair[];
  staticCosts: readonly StaticCost[];
  maxima: LinkMaxima;
  weights: LinkWeights;
}): Estimates {
  const { rows, maxima, weights } = input;
  const { nodes } = rows;
  const { places, placeCount } = placesOf(nodes);
  const estimate = placeEstimates(input);
  const coordinates = nodes.map((_, node) => rows.row(node)?.readings.coordinate);
  const rooms = nodes.map((_, node) => (rows.row(node)?.hasRoom ? rows.row(node)?.readings.room : undefined));
  const [anyCoordinate, anyRoom] = [coordinates, rooms].map((all) => all.some((each) => each !== undefined));
  const ofPlaces: OfPlaces[][] = [];
  const byPlace = new Map<string, boolean>();
  const samples = [...new Map(Array.from(places, (place, node) => [place, node])).values()];

  function ofPlacesOf(from: number, to: number): OfPlaces {
    const [origin, destination] = [places[from] as number, places[to] as number];
    ofPlaces[origin] ??= [];
    ofPlaces[origin][destination] ??= estimate(nodes[from] as TopologyNode, nodes[to] as TopologyNode);
    return ofPlaces[origin][destination];
  }

  /** Whether nothing that nodes have of their own could tell more of links between the two places. */
  function isWhole(from: number, to: number): boolean {
    const { link, bandwidth } = ofPlacesOf(from, to);
    return (link.source === 'zone' || !anyCoordinate) && (bandwidth !== undefined || !anyRoom);
  }

  function bandwidth(from: number, to: number): EstimatedBandwidth | undefined {
    const known = ofPlacesOf(from, to).bandwidth;
    if (known !== undefined || !anyRoom) return known;
    const bitsPerSecond = Math.min(
      rooms[from]?.toSend ?? Number.POSITIVE_INFINITY,
      rooms[to]?.toReceive ?? Number.POSITIVE_INFINITY,
    );
    return Number.isFinite(bitsPerSecond) ? { bitsPerSecond, source: 'interface' } : undefined;
  }

  function byCoordinates(from: number, to: number, most: number | undefined): LinkKnowledge | undefined {
    const [origin, destination] = [coordinates[from], coordinates[to]];
    // A pair that was probed in vain, one way or the other, is never estimated by them: they know distances, not what is cut off.
    if (origin === undefined || destination === undefined || rows.hasFailed(from, to)) return undefined;
    const { rttMicroseconds, errorRatio } = estimateRtt(origin, destination);
    const cost = linkCost({ rttMicroseconds, bandwidthBitsPerSecond: most }, maxima, weights);
    if (cost === undefined) return undefined;
    return { source: 'coordinates', confidence: coordinatesConfidence(errorRatio), cost, rttMicroseconds };
  }

  function between(from: number, to: number): LinkKnowledge {
    const { link } = ofPlacesOf(from, to);
    if (isWhole(from, to)) return link;
    const most = bandwidth(from, to);
    const told = most?.source === 'interface' ? toldBandwidth(most) : {};
    if (link.source !== 'zone') {
      return { ...(byCoordinates(from, to, most?.bitsPerSecond) ?? link), ...told };
    }
    return { ...link, ...told, cost: linkCost({ ...link, ...told }, maxima, weights) };
  }

  return {
    places,
    placeCount,
    knowsInterfaces: anyRoom === true,
    between,
    bandwidth,
    isByPlace: (direction, node) => {
      const key = `${direction} ${places[node]}`;
      let is = byPlace.get(key);
      if (is === undefined) {
        is = samples.every((other) => (direction === 'to' ? isWhole(other, node) : isWhole(node, other)));
        byPlace.set(key, is);
      }
      return is;
    },
  };
}

/** Estimates what all links between the places of two nodes have in common. */
function placeEstimates(input: {
  zones: readonly ZonePair[];
  staticCosts: readonly StaticCost[];
  maxima: LinkMaxima;
  weights: LinkWeights;
}): (origin: TopologyNode, destination: TopologyNode) => OfPlaces {
  const { maxima, weights } = input;
  const staticCost = staticCostLookup(input.staticCosts);
  const pairs = new Map(input.zones.map((pair) => [`${pair.origin}\n${pair.destination}`, pair]));

  function linkOf(origin: TopologyNode, destination: TopologyNode, pair: ZonePair | undefined): LinkKnowledge {
    const cost = pair && linkCost(pair, maxima, weights);
    if (pair && cost !== undefined) {
      const { rttMicroseconds, lossPartsPerMillion, bandwidthBitsPerSecond, links } = pair;
      const told =
        bandwidthBitsPerSecond === undefined
          ? {}
          : toldBandwidth({ bitsPerSecond: bandwidthBitsPerSecond, source: 'zone' });
      return {
        source: 'zone',
        confidence: confidenceOf('zone', links),
        cost,
        rttMicroseconds,
        lossPartsPerMillion,
        ...told,
      };
    }
    const setCost = staticCost(origin, destination);
    if (setCost !== undefined) return { source: 'static', confidence: confidenceOf('static'), cost: setCost };
    const labelCost = LABEL_COSTS.between(origin, destination);
    if (labelCost !== undefined) return { source: 'labels', confidence: confidenceOf('labels'), cost: labelCost };
    return { source: 'unknown', confidence: 0 };
  }

  return (origin, destination) => {
    const hasZones = origin.zone !== undefined && destination.zone !== undefined;
    const pair = hasZones ? pairs.get(`${origin.zone}\n${destination.zone}`) : undefined;
    const bitsPerSecond = pair?.bandwidthBitsPerSecond;
    return {
      link: linkOf(origin, destination, pair),
      bandwidth: bitsPerSecond === undefined ? undefined : { bitsPerSecond, source: 'zone' },
    };
  };
}

function toldBandwidth({ bitsPerSecond, source }: EstimatedBandwidth) {
  return {
    bandwidthBitsPerSecond: bitsPerSecond,
    bandwidthSource: source,
    bandwidthConfidence: bandwidthConfidenceOf(source),
  };
}

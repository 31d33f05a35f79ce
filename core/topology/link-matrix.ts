import type { LinkMaxima, LinkWeights, NetworkTopologySpec, ZonePair } from '#core/api/network-topology.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import type { LinkSource } from '#core/api/topology-view.ts';
import { linkCost } from '#core/scoring/link-cost.ts';
import { confidenceOf } from '#core/topology/confidence.ts';
import { robustMaxima } from '#core/topology/maxima.ts';
import { type LinkReading, readLinks, type TopologyNode } from '#core/topology/measured-links.ts';
import { LABEL_COSTS, staticCostLookup } from '#core/topology/user-costs.ts';
import { zonePairs } from '#core/topology/zone-pairs.ts';

/** What is known of one directed link, and how well. `cost` is absent only where the source is `unknown`. */
export interface Link {
  origin: string;
  destination: string;
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

/** Sources from the strongest to the weakest; positions in it are the codes of `LinkMatrix.sources`. */
export const SOURCE_CODES: readonly LinkSource[] = [
  'local',
  'measured',
  'unreachable',
  'zone',
  'static',
  'labels',
  'unknown',
];

export type LinkQuantity = 'cost' | 'rttMicroseconds' | 'bandwidthBitsPerSecond' | 'lossPartsPerMillion';
export type Direction = 'to' | 'from';

/** All of a link but its ends. */
type Estimate = Omit<Link, 'origin' | 'destination'>;

/**
 * All links between N nodes: every ordered pair has an answer, from the first of these that applies: measured and fresh,
 * the median of its zone pair, a static cost, labels, unknown. Columns over all nodes (`vector`) are made on first use and
 * kept, so that scoring is a sum of N-element arrays; memory grows with the nodes that pods run on, not with N².
 * Immutable: a change in the network makes a new matrix.
 */
export class LinkMatrix {
  readonly nodes: readonly TopologyNode[];
  readonly maxima: LinkMaxima;
  readonly weights: LinkWeights;
  readonly zones: readonly ZonePair[];
  /** Links with a fresh measurement. */
  readonly measuredLinks: number;
  readonly #indexByName: Map<string, number>;
  readonly #readings: Map<number, LinkReading>;
  readonly #zonePairs: Map<string, ZonePair>;
  readonly #estimates = new Map<string, Estimate>();
  readonly #staticCost: (origin: TopologyNode, destination: TopologyNode) => number | undefined;
  readonly #vectors = new Map<string, Float64Array>();
  readonly #sources = new Map<string, Uint8Array>();

  constructor(input: {
    nodes: readonly TopologyNode[];
    slices: readonly NetworkTopologySlice[];
    spec: NetworkTopologySpec;
    /** The aggregator's; computed from the slices where it has published none. */
    maxima?: LinkMaxima | undefined;
    nowMs: number;
  }) {
    const { nodes, slices, spec, nowMs } = input;
    this.nodes = nodes;
    this.weights = spec.weights;
    this.#indexByName = new Map(nodes.map(({ name }, index) => [name, index]));
    const readings = readLinks(slices, spec.probe, nowMs).filter(
      ({ origin, destination }) => this.#indexByName.has(origin) && this.#indexByName.has(destination),
    );
    this.#readings = new Map(readings.map((reading) => [this.#pairKey(reading.origin, reading.destination), reading]));
    this.measuredLinks = readings.filter(({ fresh }) => fresh).length;
    this.zones = zonePairs(readings, nodes);
    this.#zonePairs = new Map(this.zones.map((pair) => [`${pair.origin}\n${pair.destination}`, pair]));
    this.maxima = input.maxima ?? robustMaxima(readings, this.zones);
    this.#staticCost = staticCostLookup(spec.staticCosts);
  }

  /** Position of a node in every vector; undefined for a node that is not known. */
  indexOf(name: string): number | undefined {
    return this.#indexByName.get(name);
  }

  link(origin: string, destination: string): Link {
    const [from, to] = [this.indexOf(origin), this.indexOf(destination)];
    if (from === undefined || to === undefined) return { origin, destination, source: 'unknown', confidence: 0 };
    return this.#linkAt(from, to);
  }

  /**
   * One quantity for the links `to` a node from every node, or `from` it to every node, by node index. Where only a cost
   * is known the other quantities are read back from it; NaN where nothing is. The array is shared: do not write to it.
   */
  vector(quantity: LinkQuantity, direction: Direction, node: number): Float64Array {
    return remember(this.#vectors, `${quantity} ${direction} ${node}`, () =>
      Float64Array.from(this.nodes, (_, other) =>
        this.#quantityOf(this.#linkBetween(direction, other, node), quantity),
      ),
    );
  }

  /** Where the knowledge of the same links comes from, as positions in SOURCE_CODES. Shared: do not write to it. */
  sources(direction: Direction, node: number): Uint8Array {
    return remember(this.#sources, `${direction} ${node}`, () =>
      Uint8Array.from(this.nodes, (_, other) => SOURCE_CODES.indexOf(this.#linkBetween(direction, other, node).source)),
    );
  }

  #linkBetween(direction: Direction, other: number, node: number): Link {
    return direction === 'to' ? this.#linkAt(other, node) : this.#linkAt(node, other);
  }

  #quantityOf(link: Link, quantity: LinkQuantity): number {
    const known = link[quantity];
    if (known !== undefined) return known;
    if (quantity === 'cost' || link.cost === undefined) return Number.NaN;
    const maximum = this.maxima[quantity];
    return quantity === 'bandwidthBitsPerSecond' ? (1 - link.cost) * maximum : link.cost * maximum;
  }

  #pairKey(origin: string, destination: string): number {
    return (this.indexOf(origin) ?? 0) * this.nodes.length + (this.indexOf(destination) ?? 0);
  }

  #linkAt(from: number, to: number): Link {
    const [origin, destination] = [this.nodes[from] as TopologyNode, this.nodes[to] as TopologyNode];
    const ends = { origin: origin.name, destination: destination.name };
    if (from === to) return { ...ends, source: 'local', confidence: 1, ...LOCAL };
    const reading = this.#readings.get(from * this.nodes.length + to);
    if (reading?.fresh) return { ...ends, ...this.#measured(reading, origin, destination) };
    return { ...ends, ...this.#estimate(origin, destination) };
  }

  #measured(reading: LinkReading, origin: TopologyNode, destination: TopologyNode): Estimate {
    const { ageSeconds, bandwidthAgeSeconds, samples, jitterMicroseconds } = reading;
    const confidence = confidenceOf('measured', samples);
    if (reading.unreachable) {
      return { source: 'unreachable', confidence, cost: 1, lossPartsPerMillion: 1_000_000, ageSeconds, samples };
    }
    const pair = this.#zonePair(origin, destination);
    const metrics = {
      rttMicroseconds: reading.rttMicroseconds,
      lossPartsPerMillion: reading.lossPartsPerMillion,
      bandwidthBitsPerSecond:
        bandwidthAgeSeconds === undefined ? pair?.bandwidthBitsPerSecond : reading.bandwidthBitsPerSecond,
    };
    const cost = linkCost(metrics, this.maxima, this.weights);
    return {
      source: 'measured',
      confidence,
      cost,
      ...metrics,
      jitterMicroseconds,
      ageSeconds,
      bandwidthAgeSeconds,
      samples,
    };
  }

  /** For a pair without a fresh measurement: the same for every pair of two zones, so made once for each. */
  #estimate(origin: TopologyNode, destination: TopologyNode): Estimate {
    const key = [origin.zone, origin.region, destination.zone, destination.region].join('\n');
    return remember(this.#estimates, key, () => this.#makeEstimate(origin, destination));
  }

  #makeEstimate(origin: TopologyNode, destination: TopologyNode): Estimate {
    const pair = this.#zonePair(origin, destination);
    if (pair) {
      const { rttMicroseconds, bandwidthBitsPerSecond, lossPartsPerMillion, links } = pair;
      const metrics = { rttMicroseconds, bandwidthBitsPerSecond, lossPartsPerMillion };
      const cost = linkCost(metrics, this.maxima, this.weights);
      if (cost !== undefined) return { source: 'zone', confidence: confidenceOf('zone', links), cost, ...metrics };
    }
    const staticCost = this.#staticCost(origin, destination);
    if (staticCost !== undefined) return { source: 'static', confidence: confidenceOf('static'), cost: staticCost };
    const labelCost = LABEL_COSTS.between(origin, destination);
    if (labelCost !== undefined) return { source: 'labels', confidence: confidenceOf('labels'), cost: labelCost };
    return { source: 'unknown', confidence: 0 };
  }

  #zonePair(origin: TopologyNode, destination: TopologyNode): ZonePair | undefined {
    return this.#zonePairs.get(`${origin.zone}\n${destination.zone}`);
  }
}

/** Both ends on one node: no network at all, and no bandwidth that could be told as a number. */
const LOCAL = { cost: 0, rttMicroseconds: 0, lossPartsPerMillion: 0 } as const;

function remember<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

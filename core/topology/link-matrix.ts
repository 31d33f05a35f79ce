import type { LinkMaxima, LinkWeights, NetworkTopologySpec, ZonePair } from '#core/api/network-topology.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import type { LinkSource } from '#core/api/topology-view.ts';
import { linkCost } from '#core/scoring/link-cost.ts';
import { confidenceOf } from '#core/topology/confidence.ts';
import { createEstimates, type Estimates, type LinkKnowledge } from '#core/topology/estimates.ts';
import { robustMaxima } from '#core/topology/maxima.ts';
import { type LinkReading, readLinks, type TopologyNode } from '#core/topology/measured-links.ts';
import { zonePairs } from '#core/topology/zone-pairs.ts';

export type { LinkKnowledge };

export interface Link extends LinkKnowledge {
  origin: string;
  destination: string;
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

/**
 * All links between N nodes: every ordered pair has an answer, from the first of these that applies: measured and fresh,
 * the median of its zone pair, a static cost, labels, unknown. Columns over all nodes (`knowledge`, `vector`, `sources`)
 * are made on first use and kept, so that scoring is a sum of N-element arrays; memory grows with the nodes that pods run
 * on, not with N².
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
  readonly #estimates: Estimates;
  readonly #columns = new Map<string, readonly LinkKnowledge[]>();
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
    this.#readings = new Map(
      readLinks(slices, spec.probe, nowMs).flatMap((reading) => {
        const [from, to] = [this.indexOf(reading.origin), this.indexOf(reading.destination)];
        return from === undefined || to === undefined ? [] : [[from * nodes.length + to, reading]];
      }),
    );
    const readings = [...this.#readings.values()];
    this.measuredLinks = readings.filter(({ fresh }) => fresh).length;
    this.zones = zonePairs(readings, nodes);
    this.maxima = input.maxima ?? robustMaxima(readings, this.zones);
    const { zones, maxima, weights } = this;
    this.#estimates = createEstimates({ nodes, zones, maxima, weights, staticCosts: spec.staticCosts });
  }

  /** For each node a number that it shares with all nodes of its zone and region: 0..placeCount − 1. */
  get places(): Uint32Array {
    return this.#estimates.places;
  }

  get placeCount(): number {
    return this.#estimates.placeCount;
  }

  /** Position of a node in every vector; undefined for a node that is not known. */
  indexOf(name: string): number | undefined {
    return this.#indexByName.get(name);
  }

  link(origin: string, destination: string): Link {
    const [from, to] = [this.indexOf(origin), this.indexOf(destination)];
    if (from === undefined || to === undefined) return { origin, destination, source: 'unknown', confidence: 0 };
    return { origin, destination, ...this.#knowledgeAt(from, to) };
  }

  /** What is known of the links `to` a node from every node, or `from` it to every node, by node index. Shared. */
  knowledge(direction: Direction, node: number): readonly LinkKnowledge[] {
    return remember(this.#columns, `${direction} ${node}`, () =>
      this.nodes.map((_, other) =>
        direction === 'to' ? this.#knowledgeAt(other, node) : this.#knowledgeAt(node, other),
      ),
    );
  }

  /**
   * One quantity of the same links. Where only a cost is known the other quantities are read back from it; NaN where
   * nothing is; the RTT of an unreachable link is infinite. The array is shared: do not write to it.
   */
  vector(quantity: LinkQuantity, direction: Direction, node: number): Float64Array {
    return remember(this.#vectors, `${quantity} ${direction} ${node}`, () =>
      Float64Array.from(this.knowledge(direction, node).map((link) => this.#quantityOf(link, quantity))),
    );
  }

  /** Where the knowledge of the same links comes from, as positions in SOURCE_CODES. Shared: do not write to it. */
  sources(direction: Direction, node: number): Uint8Array {
    return remember(this.#sources, `${direction} ${node}`, () =>
      Uint8Array.from(this.knowledge(direction, node).map(({ source }) => SOURCE_CODES.indexOf(source))),
    );
  }

  #quantityOf(link: LinkKnowledge, quantity: LinkQuantity): number {
    const known = link[quantity];
    if (known !== undefined) return known;
    if (quantity === 'cost' || link.cost === undefined) return Number.NaN;
    if (quantity === 'rttMicroseconds' && link.source === 'unreachable') return Number.POSITIVE_INFINITY;
    const maximum = this.maxima[quantity];
    return quantity === 'bandwidthBitsPerSecond' ? (1 - link.cost) * maximum : link.cost * maximum;
  }

  #knowledgeAt(from: number, to: number): LinkKnowledge {
    if (from === to) return LOCAL;
    const reading = this.#readings.get(from * this.nodes.length + to);
    return reading?.fresh ? this.#measured(reading, from, to) : this.#estimates.between(from, to);
  }

  #measured(reading: LinkReading, from: number, to: number): LinkKnowledge {
    const { rttMicroseconds, jitterMicroseconds, lossPartsPerMillion, ageSeconds, bandwidthAgeSeconds, samples } =
      reading;
    const confidence = confidenceOf('measured', samples);
    if (reading.unreachable) {
      return { source: 'unreachable', confidence, cost: 1, lossPartsPerMillion: 1_000_000, ageSeconds, samples };
    }
    const bandwidthBitsPerSecond =
      bandwidthAgeSeconds === undefined
        ? this.#estimates.zonePair(from, to)?.bandwidthBitsPerSecond
        : reading.bandwidthBitsPerSecond;
    const metrics = { rttMicroseconds, lossPartsPerMillion, bandwidthBitsPerSecond };
    const cost = linkCost(metrics, this.maxima, this.weights);
    // Measured, but nothing that weighs in the cost: the cost is estimated like that of any other link.
    const worth =
      cost === undefined ? this.#estimates.between(from, to) : { source: 'measured' as const, confidence, cost };
    return { ...metrics, jitterMicroseconds, ageSeconds, bandwidthAgeSeconds, samples, ...worth };
  }
}

/** Both ends on one node: no network at all, and no bandwidth that could be told as a number. */
const LOCAL: LinkKnowledge = { source: 'local', confidence: 1, cost: 0, rttMicroseconds: 0, lossPartsPerMillion: 0 };

function remember<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

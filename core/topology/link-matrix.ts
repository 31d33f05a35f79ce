import type { LinkMaxima, LinkWeights, ZonePair } from '#core/api/network-topology.ts';
import type { LinkSource } from '#core/api/topology-view.ts';
import { finish, type Pieces } from '#core/pieces.ts';
import { linkCost } from '#core/scoring/link-cost.ts';
import { UNKNOWN_LINK_COST } from '#core/scoring/network-cost.ts';
import { confidenceOf } from '#core/topology/confidence.ts';
import { tableEstimates, UNLISTED_COST } from '#core/topology/cost-table.ts';
import { createEstimates, type Estimates, type LinkKnowledge } from '#core/topology/estimates.ts';
import { type MatrixInput, type MatrixParts, readParts } from '#core/topology/matrix-parts.ts';
import type { LinkReading, TopologyNode } from '#core/topology/measured-links.ts';

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
  'coordinates',
  'static',
  'labels',
  'unknown',
];

export type LinkQuantity = 'cost' | 'rttMicroseconds' | 'bandwidthBitsPerSecond' | 'lossPartsPerMillion';
export type Direction = 'to' | 'from';

/** Links to or from one node, by the position of the other end. */
interface Column {
  direction: Direction;
  node: number;
  links: readonly LinkKnowledge[];
  vectors: Map<LinkQuantity, Float64Array>;
  /** As `vectors`, without what is read back from a cost. */
  known: Map<LinkQuantity, Float64Array>;
  sources?: Uint8Array;
  /** How many matrices ago it was asked for. */
  idle: number;
}

/** A column that was not asked for in so many matrices is not made in advance any more. */
const KEPT_IDLE = 10;

const INFINITE = Number.POSITIVE_INFINITY;

/**
 * All links between N nodes: every ordered pair has an answer, from the first of these that applies: measured and fresh,
 * the median of its zone pair, a static cost, labels, unknown. Columns over all nodes (`vector`, `known`, `sources`)
 * are made on first use and kept, so that scoring is a sum of N-element arrays; memory grows with the nodes that pods run
 * on, not with N².
 * Immutable: a change in the network makes a new matrix.
 */
export class LinkMatrix {
  readonly nodes: readonly TopologyNode[];
  readonly maxima: LinkMaxima;
  readonly weights: LinkWeights;
  readonly zones: readonly ZonePair[];
  /** Costs are those of a user's table and not shares of the worst: parts per hundred, counted as NetworkOverhead does. */
  readonly byTable: boolean;
  /** Links with a fresh measurement. */
  readonly measuredLinks: number;
  readonly #indexByName: ReadonlyMap<string, number>;
  readonly #readings: ReadonlyMap<number, LinkReading>[];
  readonly #origins: number[][];
  readonly #estimates: Estimates;
  readonly #columns = new Map<string, Column>();
  /** By direction and place: what is estimated of the links of a node of the place. */
  readonly #estimated = new Map<string, readonly LinkKnowledge[]>();

  constructor(input: MatrixInput, parts: MatrixParts = finish(readParts(input))) {
    this.nodes = input.nodes;
    this.weights = input.spec.weights;
    this.#indexByName = parts.indexByName;
    this.#readings = parts.readings;
    this.#origins = parts.origins;
    this.measuredLinks = parts.measuredLinks;
    this.zones = parts.zones;
    this.maxima = parts.maxima;
    this.byTable = input.table !== undefined;
    const { nodes, zones, maxima, weights } = this;
    this.#estimates = input.table
      ? tableEstimates(nodes, input.table)
      : createEstimates({ nodes, zones, maxima, weights, staticCosts: input.spec.staticCosts });
  }

  /** The same in pieces; with the columns that were in use in the matrix before it. */
  static *inPieces(input: MatrixInput, before?: LinkMatrix): Pieces<LinkMatrix> {
    const matrix = new LinkMatrix(input, yield* readParts(input));
    yield;
    if (before) yield* matrix.#makeColumnsOf(before);
    return matrix;
  }

  *#makeColumnsOf(before: LinkMatrix): Pieces<void> {
    for (const { direction, node, idle, vectors, known, sources } of [...before.#columns.values()]) {
      const index = this.indexOf(before.nodes[node]?.name ?? '');
      if (index === undefined || idle >= KEPT_IDLE) continue;
      const column = this.#column(direction, index);
      for (const quantity of vectors.keys()) {
        yield;
        this.vector(quantity, direction, index);
      }
      for (const quantity of known.keys()) {
        yield;
        this.known(quantity, direction, index);
      }
      if (sources) this.sources(direction, index);
      column.idle = idle + 1;
      yield;
    }
  }

  /** What counts for a link of which nothing is known. */
  get unknownCost(): number {
    return this.byTable ? UNLISTED_COST : UNKNOWN_LINK_COST;
  }

  /** For each node a number that it shares with all nodes of its zone and region: 0..placeCount − 1. */
  get places(): Uint32Array {
    return this.#estimates.places;
  }

  get placeCount(): number {
    return this.#estimates.placeCount;
  }

  /** Whether anything is known of any link between two nodes, be it from their labels alone. */
  knowsLinks(): boolean {
    if (this.measuredLinks > 0) return true;
    const samples = [...new Map([...this.places.entries()].map(([node, place]) => [place, node])).values()];
    return samples.some((node) => this.sources('from', node).some((code) => KNOWN_CODES.has(code)));
  }

  /** The least cost of a link between two nodes, as far as the matrix tells; 0..1. */
  cheapestLink(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const [origin, readings] of this.#readings.entries()) {
      for (const destination of readings?.keys() ?? []) {
        least = Math.min(least, this.#knowledgeAt(origin, destination).cost ?? UNKNOWN_LINK_COST);
      }
    }
    const samples = new Map([...this.places.entries()].map(([node, place]) => [place, node]));
    for (const origin of samples.values()) {
      for (const destination of samples.values()) {
        least = Math.min(least, this.#estimates.between(origin, destination).cost ?? UNKNOWN_LINK_COST);
      }
    }
    return Math.min(1, least);
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

  /**
   * One quantity of the links `to` a node from every node, or `from` it to every node, by node index. Where only a cost is
   * known the other quantities are read back from it; NaN where nothing is; the RTT of an unreachable link is infinite. The
   * array is shared: do not write to it.
   */
  vector(quantity: LinkQuantity, direction: Direction, node: number): Float64Array {
    const { links, vectors } = this.#column(direction, node);
    let vector = vectors.get(quantity);
    if (vector === undefined) {
      vector = new Float64Array(links.length);
      for (let other = 0; other < vector.length; other++) {
        vector[other] = this.#quantityOf(links[other] as LinkKnowledge, quantity);
      }
      vectors.set(quantity, vector);
    }
    return vector;
  }

  /**
   * One quantity of the same links, for limits: measured, or the median of the zone pair, and never read back from a cost; NaN
   * where it is not known. Within a node it is the best there can be, and of an unreachable link worse than any limit. Shared.
   */
  known(quantity: LinkQuantity, direction: Direction, node: number): Float64Array {
    const { links, known } = this.#column(direction, node);
    let vector = known.get(quantity);
    if (vector === undefined) {
      const sources = this.sources(direction, node);
      const { limitedCost } = this.#estimates;
      const ends = (other: number): [number, number] => (direction === 'to' ? [other, node] : [node, other]);
      const [best, worst] = quantity === 'bandwidthBitsPerSecond' ? [INFINITE, 0] : [0, INFINITE];
      vector = new Float64Array(links.length);
      for (let other = 0; other < vector.length; other++) {
        const isReachable = sources[other] !== CODE_OF.unreachable;
        const value = (links[other] as LinkKnowledge)[quantity];
        const limited = quantity === 'cost' ? limitedCost?.(...ends(other)) : undefined;
        vector[other] = isReachable ? (limited ?? value ?? Number.NaN) : worst;
      }
      vector[node] = best;
      known.set(quantity, vector);
    }
    return vector;
  }

  /** Where the knowledge of the same links comes from, as positions in SOURCE_CODES. Shared: do not write to it. */
  sources(direction: Direction, node: number): Uint8Array {
    const column = this.#column(direction, node);
    const { links } = column;
    if (column.sources === undefined) {
      column.sources = new Uint8Array(links.length);
      for (let other = 0; other < links.length; other++) {
        column.sources[other] = CODE_OF[(links[other] as LinkKnowledge).source];
      }
    }
    return column.sources;
  }

  #column(direction: Direction, node: number): Column {
    const key = `${direction} ${node}`;
    let column = this.#columns.get(key);
    if (column === undefined) {
      const links = this.#linksOf(direction, node);
      column = { direction, node, links, vectors: new Map(), known: new Map(), idle: 0 };
      this.#columns.set(key, column);
    }
    column.idle = 0;
    return column;
  }

  /** The estimates of a node's place with the node's own measurements over them: of thousands of links few are measured. */
  #linksOf(direction: Direction, node: number): LinkKnowledge[] {
    const links = this.#estimatesOf(direction, node).slice();
    const measured = direction === 'to' ? this.#origins[node] : this.#readings[node]?.keys();
    for (const other of measured ?? []) {
      links[other] = direction === 'to' ? this.#knowledgeAt(other, node) : this.#knowledgeAt(node, other);
    }
    links[node] = LOCAL;
    return links;
  }

  /** The same for all nodes of one place: made once for each. */
  #estimatesOf(direction: Direction, node: number): readonly LinkKnowledge[] {
    const key = `${direction} ${this.places[node]}`;
    let estimated = this.#estimated.get(key);
    if (estimated === undefined) {
      const { between } = this.#estimates;
      estimated = this.nodes.map((_, other) => (direction === 'to' ? between(other, node) : between(node, other)));
      this.#estimated.set(key, estimated);
    }
    return estimated;
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
    const reading = this.#readings[from]?.get(to);
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

const KNOWN_CODES = new Set(
  SOURCE_CODES.flatMap((source, code) => (source === 'local' || source === 'unknown' ? [] : [code])),
);

const CODE_OF = Object.fromEntries(SOURCE_CODES.map((source, code) => [source, code])) as Record<LinkSource, number>;

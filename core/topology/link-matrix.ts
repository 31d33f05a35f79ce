import type { LinkMaxima, LinkWeights, NetworkTopologySpec, ZonePair } from '#core/api/network-topology.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { finish, type Pieces } from '#core/pieces.ts';
import { UNKNOWN_LINK_COST } from '#core/scoring/network-cost.ts';
import { type CostFollower, CostFollowers } from '#core/topology/cost-followers.ts';
import { type CostTable, tableEstimates, UNLISTED_COST } from '#core/topology/cost-table.ts';
import { createEstimates, type LinkKnowledge } from '#core/topology/estimates.ts';
import { KnownLinks } from '#core/topology/known-links.ts';
import { type Direction, LinkColumns } from '#core/topology/link-columns.ts';
import type { LinkQuantity } from '#core/topology/link-reading.ts';
import { LinkRows, type RowFollower } from '#core/topology/link-rows.ts';
import { robustMaxima } from '#core/topology/maxima.ts';
import type { TopologyNode } from '#core/topology/measured-links.ts';
import { createSliceReader, type SliceReadings } from '#core/topology/slice-readings.ts';
import { SOURCE_CODES } from '#core/topology/source-codes.ts';
import { zonePairs } from '#core/topology/zone-pairs.ts';

export type { Direction, LinkKnowledge, LinkQuantity };
export { SOURCE_CODES };

export interface Link extends LinkKnowledge {
  origin: string;
  destination: string;
}

/** What costs are reckoned by, beside what was measured. */
export interface MatrixSettings {
  spec: Pick<NetworkTopologySpec, 'weights' | 'staticCosts'>;
  /** Costs are those of the table alone, as NetworkOverhead counts them; nothing that was measured counts then. */
  table?: CostTable | undefined;
  /** The aggregator's; computed from the measurements where it has published none. */
  maxima?: LinkMaxima | undefined;
}

export interface MatrixInput extends MatrixSettings {
  nodes: readonly TopologyNode[];
  slices: readonly NetworkTopologySlice[];
  spec: NetworkTopologySpec;
  nowMs: number;
}

/**
 * All links between N nodes: every ordered pair has an answer, from the first of these that applies: measured and fresh,
 * the median of its zone pair, coordinates, a static cost, labels, unknown. Columns over all nodes (`vector`, `known`, `sources`)
 * are made on first use and kept; memory grows with the nodes that are asked about, not with N².
 * It follows the rows that it is made of: a link's own measurements count in it at once. Medians of zone pairs, coordinates,
 * what interfaces have left and maxima stay as they were when it was made.
 */
export class LinkMatrix implements RowFollower {
  readonly rows: LinkRows;
  readonly maxima: LinkMaxima;
  readonly weights: LinkWeights;
  readonly zones: readonly ZonePair[];
  /** Costs are those of a user's table and not shares of the worst: parts per hundred, counted as NetworkOverhead does. */
  readonly byTable: boolean;
  readonly #links: KnownLinks;
  readonly #columns: LinkColumns;
  readonly #followers = new CostFollowers();
  /** Costs of the links that are about to change, where somebody follows them. */
  #before = new Float64Array(0);

  /** Of all that is in `input`. */
  static of(input: MatrixInput): LinkMatrix {
    return finish(LinkMatrix.inPieces(input));
  }

  static *inPieces({ nodes, slices, nowMs, ...settings }: MatrixInput): Pieces<LinkMatrix> {
    const rows = new LinkRows(nodes, settings.spec.probe, nowMs);
    yield* rows.putAll(settings.table === undefined ? readAll(slices) : []);
    return yield* LinkMatrix.over(rows, settings);
  }

  /** Over rows that may go on changing. With the columns made that are in use in the matrix before it. */
  static *over(rows: LinkRows, settings: MatrixSettings, before?: LinkMatrix): Pieces<LinkMatrix> {
    const zones = yield* zonePairs(rows);
    yield;
    const maxima = settings.maxima ?? (yield* robustMaxima(rows, zones));
    const matrix = new LinkMatrix(rows, { ...settings, zones, maxima });
    if (before) yield* matrix.#columns.makeOf(before.#columns);
    return matrix;
  }

  private constructor(rows: LinkRows, settings: MatrixSettings & { zones: readonly ZonePair[]; maxima: LinkMaxima }) {
    const { spec, table, zones, maxima } = settings;
    const { weights, staticCosts } = spec;
    this.rows = rows;
    this.weights = weights;
    this.zones = zones;
    this.maxima = maxima;
    this.byTable = table !== undefined;
    const { nodes } = rows;
    const estimates = table
      ? tableEstimates(nodes, table)
      : createEstimates({ rows, zones, maxima, weights, staticCosts });
    this.#links = new KnownLinks({ rows, estimates, maxima, weights });
    this.#columns = new LinkColumns(this.#links);
    rows.follow(this);
  }

  /** It is read no more: another one is in its place. */
  release(): void {
    this.rows.unfollow(this);
  }

  get nodes(): readonly TopologyNode[] {
    return this.rows.nodes;
  }

  /** Links with a fresh measurement. */
  get measuredLinks(): number {
    return this.rows.freshLinks;
  }

  /** What counts for a link of which nothing is known. */
  get unknownCost(): number {
    return this.byTable ? UNLISTED_COST : UNKNOWN_LINK_COST;
  }

  /** For each node a number that it shares with all nodes of its zone and region: 0..placeCount − 1. */
  get places(): Uint32Array {
    return this.#links.estimates.places;
  }

  get placeCount(): number {
    return this.#links.estimates.placeCount;
  }

  /** Whether anything is known of any link between two nodes, be it from their labels alone. */
  knowsLinks(): boolean {
    if (this.measuredLinks > 0) return true;
    return this.#oneOfEachPlace().some((node) => this.sources('from', node).some((code) => KNOWN_CODES.has(code)));
  }

  /** The least cost of a link between two nodes, as far as the matrix tells; 0..1. */
  cheapestLink(): number {
    let least = Number.POSITIVE_INFINITY;
    const look = (cost: number) => {
      least = Math.min(least, Number.isNaN(cost) ? UNKNOWN_LINK_COST : cost);
    };
    for (let origin = 0; origin < this.nodes.length; origin++) {
      for (const destination of this.rows.destinationsFrom(origin)) look(this.#links.costAt(origin, destination));
    }
    const { estimates } = this.#links;
    const samples = this.#oneOfEachPlace();
    // Where links of one place have estimates of their own, looking at each would take too long: nothing is below 0.
    if (!samples.every((node) => estimates.isByPlace('from', node))) return 0;
    for (const origin of samples) {
      for (const destination of samples) look(estimates.between(origin, destination).cost ?? Number.NaN);
    }
    return Math.min(1, least);
  }

  /** Position of a node in every vector; undefined for a node that is not known. */
  indexOf(name: string): number | undefined {
    return this.rows.indexByName.get(name);
  }

  /** Positions of nodes, -1 for one that is not known. Shared: do not write to it. Asking again for the same names costs little. */
  indexesOf(names: readonly string[]): Int32Array {
    return this.rows.indexesOf(names);
  }

  link(origin: string, destination: string): Link {
    const [from, to] = [this.indexOf(origin), this.indexOf(destination)];
    if (from === undefined || to === undefined) return { origin, destination, source: 'unknown', confidence: 0 };
    return { origin, destination, ...this.#links.at(from, to) };
  }

  /** The link's cost by the positions of its ends; NaN where nothing is known of it. */
  costAt(from: number, to: number): number {
    return this.#links.costAt(from, to);
  }

  /**
   * One quantity of the links `to` a node from every node, or `from` it to every node, by node index. Where only a cost is
   * known the other quantities are read back from it; NaN where nothing is; the RTT of an unreachable link is infinite. The
   * array is shared: do not write to it.
   */
  vector(quantity: LinkQuantity, direction: Direction, node: number): Float64Array {
    return this.#columns.get(quantity, direction, node);
  }

  /**
   * One quantity of the same links, for limits: measured, or the median of the zone pair, and never read back from a cost; NaN
   * where it is not known. Within a node it is the best there can be, and of an unreachable link worse than any limit. Shared.
   */
  known(quantity: LinkQuantity, direction: Direction, node: number): Float64Array {
    return this.#columns.get(`limited ${quantity}`, direction, node);
  }

  /**
   * The most that the bandwidth of the same links can be, by what the interfaces of both ends have left, where `known` does not
   * tell it; NaN elsewhere; undefined where nothing is known of any interface. Shared.
   */
  mostBandwidth(direction: Direction, node: number): Float64Array | undefined {
    if (!this.#links.estimates.knowsInterfaces) return undefined;
    return this.#columns.get('most bandwidthBitsPerSecond', direction, node);
  }

  /** Where the knowledge of the same links comes from, as positions in SOURCE_CODES. Shared: do not write to it. */
  sources(direction: Direction, node: number): Uint8Array {
    return this.#columns.get('source', direction, node);
  }

  /** Writes the costs of the same links into an array of the caller's, and keeps no column for it. */
  fillCosts(costs: Float64Array, direction: Direction, node: number): void {
    this.#columns.fill(costs, 'cost', direction, node);
  }

  /** The follower is told of every cost among the same links that changes. */
  follow(direction: Direction, node: number, follower: CostFollower): void {
    this.#followers.add(direction, node, follower);
  }

  unfollow(direction: Direction, node: number, follower: CostFollower): void {
    this.#followers.delete(direction, node, follower);
  }

  /** Drops columns that nobody asks for any more; to be called now and then. */
  dropIdleColumns(): void {
    this.#columns.dropIdle();
  }

  rowChanges(origin: number, destinations: Int32Array, backwards: Int32Array): void {
    const links = destinations.length + backwards.length;
    if (this.#before.length < links) this.#before = new Float64Array(2 * links);
    for (const [position, destination] of destinations.entries()) this.#keepCost(position, origin, destination);
    for (const [position, from] of backwards.entries()) this.#keepCost(destinations.length + position, from, origin);
  }

  rowChanged(origin: number, destinations: Int32Array, backwards: Int32Array): void {
    for (const [position, destination] of destinations.entries()) this.#linkChanged(position, origin, destination);
    for (const [position, from] of backwards.entries()) this.#linkChanged(destinations.length + position, from, origin);
  }

  #keepCost(position: number, origin: number, destination: number): void {
    if (this.#followers.has(origin, destination)) this.#before[position] = this.costAt(origin, destination);
  }

  #linkChanged(position: number, origin: number, destination: number): void {
    this.#columns.changed(origin, destination);
    if (!this.#followers.has(origin, destination)) return;
    const [before, after] = [this.#before[position] as number, this.costAt(origin, destination)];
    if (!Object.is(before, after)) this.#followers.tell(origin, destination, before, after);
  }

  #oneOfEachPlace(): number[] {
    return [...new Map([...this.places.entries()].map(([node, place]) => [place, node])).values()];
  }
}

function* readAll(slices: readonly NetworkTopologySlice[]): Generator<SliceReadings> {
  const read = createSliceReader();
  for (const slice of slices) yield read(slice);
}

const KNOWN_CODES = new Set(
  SOURCE_CODES.flatMap((source, code) => (source === 'local' || source === 'unknown' ? [] : [code])),
);

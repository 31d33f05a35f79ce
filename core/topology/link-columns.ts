import type { Pieces } from '#core/pieces.ts';
import type { KnownLinks } from '#core/topology/known-links.ts';
import { READ, type Reading } from '#core/topology/link-reading.ts';

/** Links `to` a node from every node, or `from` it to every node. */
export type Direction = 'to' | 'from';

type Values = Float64Array | Uint8Array;

/** What was read of the links to or from one node, by the position of the other end. */
interface Column {
  direction: Direction;
  node: number;
  readings: Map<Reading, Values>;
  /** How many times idle columns were dropped since it was asked for. */
  idle: number;
}

/** A column that was not asked for in so many turns is dropped. */
const KEPT_IDLE = 10;

/** Columns over all nodes, made on first use and kept; of a link that changes the entries are written anew. */
export class LinkColumns {
  readonly #links: KnownLinks;
  readonly #columns = new Map<number, Column>();
  /** What is estimated of the links of a node of a place: the same for all its nodes. */
  readonly #ofPlaces = new Map<string, Values>();

  constructor(links: KnownLinks) {
    this.#links = links;
  }

  /** Shared: do not write to it. */
  get(reading: 'source', direction: Direction, node: number): Uint8Array;
  get(reading: Exclude<Reading, 'source'>, direction: Direction, node: number): Float64Array;
  get(reading: Reading, direction: Direction, node: number): Values;
  get(reading: Reading, direction: Direction, node: number): Values {
    const column = this.#column(direction, node);
    column.idle = 0;
    let values = column.readings.get(reading);
    if (values === undefined) {
      values = this.#emptyFor(reading);
      this.fill(values, reading, direction, node);
      column.readings.set(reading, values);
    }
    return values;
  }

  /** Writes what `get` would answer: the estimates of the node's place, and its own measurements over them. */
  fill(values: Values, reading: Reading, direction: Direction, node: number): void {
    const { estimates, rows } = this.#links;
    if (estimates.isByPlace(direction, node)) values.set(this.#ofPlace(reading, direction, node));
    else this.#estimate(values, reading, direction, node);
    for (const other of direction === 'to' ? rows.originsTo(node) : rows.destinationsFrom(node)) {
      values[other] = this.#read(reading, direction, node, other);
    }
    for (const other of rows.failedPeers(node)) values[other] = this.#read(reading, direction, node, other);
    values[node] = this.#read(reading, direction, node, node);
  }

  /** A link changed: what was read of it is read anew. */
  changed(origin: number, destination: number): void {
    this.#readAnew('to', destination, origin);
    this.#readAnew('from', origin, destination);
  }

  /** To be called now and then. */
  dropIdle(): void {
    for (const [key, column] of this.#columns) if (++column.idle >= KEPT_IDLE) this.#columns.delete(key);
  }

  /** Makes those that are in use in others, of the nodes with the same names. */
  *makeOf(others: LinkColumns): Pieces<void> {
    for (const { direction, node, idle, readings } of [...others.#columns.values()]) {
      const index = this.#links.rows.indexByName.get(others.#links.rows.nodes[node]?.name ?? '');
      if (index === undefined) continue;
      for (const reading of readings.keys()) {
        yield;
        this.get(reading, direction, index);
      }
      this.#column(direction, index).idle = idle;
    }
  }

  #column(direction: Direction, node: number): Column {
    const key = keyOf(direction, node);
    let column = this.#columns.get(key);
    if (column === undefined) {
      column = { direction, node, readings: new Map(), idle: 0 };
      this.#columns.set(key, column);
    }
    return column;
  }

  #readAnew(direction: Direction, node: number, other: number): void {
    const column = this.#columns.get(keyOf(direction, node));
    if (column === undefined) return;
    for (const [reading, values] of column.readings) values[other] = this.#read(reading, direction, node, other);
  }

  #read(reading: Reading, direction: Direction, node: number, other: number): number {
    const [from, to] = direction === 'to' ? [other, node] : [node, other];
    return READ[reading](this.#links.at(from, to), { from, to }, this.#links);
  }

  #ofPlace(reading: Reading, direction: Direction, node: number): Values {
    const key = `${reading} ${direction} ${this.#links.estimates.places[node]}`;
    let values = this.#ofPlaces.get(key);
    if (values === undefined) {
      values = this.#emptyFor(reading);
      this.#estimate(values, reading, direction, node);
      this.#ofPlaces.set(key, values);
    }
    return values;
  }

  #estimate(values: Values, reading: Reading, direction: Direction, node: number): void {
    const { estimates } = this.#links;
    const read = READ[reading];
    const ends = { from: node, to: node };
    const other = direction === 'to' ? 'from' : 'to';
    for (let index = 0; index < values.length; index++) {
      ends[other] = index;
      values[index] = read(estimates.between(ends.from, ends.to), ends, this.#links);
    }
  }

  #emptyFor(reading: Reading): Values {
    const { length } = this.#links.rows.nodes;
    return reading === 'source' ? new Uint8Array(length) : new Float64Array(length);
  }
}

function keyOf(direction: Direction, node: number): number {
  return 2 * node + (direction === 'to' ? 0 : 1);
}

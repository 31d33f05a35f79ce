import type { NetworkTopologySpec } from '#core/api/network-topology.ts';
import { finish, type Pieces } from '#core/pieces.ts';
import { LinkMatrix, type MatrixSettings } from '#core/topology/link-matrix.ts';
import { LinkRows } from '#core/topology/link-rows.ts';
import type { TopologyNode } from '#core/topology/measured-links.ts';
import type { SliceReadings } from '#core/topology/slice-readings.ts';

/** The facts beside the slices: what nodes there are, and what costs are reckoned by. */
export interface NetworkFrame extends MatrixSettings {
  nodes: readonly TopologyNode[];
  spec: NetworkTopologySpec;
}

/**
 * A link matrix that follows the network. Facts are the slices' readings and the frame; all else is derived from them:
 * - what is known of a measured link: at once, with the slice, in time that grows with its links;
 * - what is the same for many links (medians of zone pairs, maxima, weights, labels, the nodes themselves): with `renew`, which makes
 *   another matrix in pieces beside the one that is read. In between these stay as they were.
 */
export class LiveMatrix {
  readonly #slices = new Map<string, SliceReadings>();
  #frame: NetworkFrame;
  #current: LinkMatrix;
  /** Rows for other nodes or intervals, while they are read. */
  #next: LinkRows | undefined;
  /** What the current matrix was made of. */
  #made: { frame: NetworkFrame; version: number };

  constructor(frame: NetworkFrame, nowMs: number) {
    this.#frame = frame;
    this.#current = finish(LinkMatrix.over(new LinkRows(frame.nodes, frame.spec.probe, nowMs), frame));
    this.#made = { frame, version: this.#current.rows.version };
  }

  get current(): LinkMatrix {
    return this.#current;
  }

  /** Takes the place of what the origin measured before. */
  put(readings: SliceReadings): void {
    this.#slices.set(readings.origin, readings);
    for (const rows of this.#measuredRows()) rows.put(readings);
  }

  remove(origin: string): void {
    this.#slices.delete(origin);
    for (const rows of this.#measuredRows()) rows.remove(origin);
  }

  /** Counts with the next `renew`. */
  reframe(frame: NetworkFrame): void {
    this.#frame = frame;
  }

  /** Whether `renew` would make another matrix. */
  isBehind(): boolean {
    return this.#made.frame !== this.#frame || this.#made.version !== this.#current.rows.version;
  }

  /** Time goes on: what a measurement is good for is looked at anew. */
  *advance(nowMs: number): Pieces<void> {
    yield* this.#current.rows.advance(nowMs);
  }

  /** `prepare` is given the matrix before anybody reads it. One at a time; where it is not finished nothing changes. */
  *renew(nowMs: number, prepare: (matrix: LinkMatrix) => Pieces<void>): Pieces<void> {
    const frame = this.#frame;
    const before = this.#current;
    const rows = yield* this.#rowsFor(frame, nowMs);
    const { version } = rows;
    const matrix = yield* LinkMatrix.over(rows, frame, before);
    yield* prepare(matrix);
    before.release();
    this.#current = matrix;
    this.#next = undefined;
    this.#made = { frame, version };
  }

  /** Those that are there, where only costs are reckoned in another way. */
  *#rowsFor(frame: NetworkFrame, nowMs: number): Pieces<LinkRows> {
    const { frame: before } = this.#made;
    const { rows } = this.#current;
    const isSame =
      frame.nodes === before.nodes && frame.spec.probe === before.spec.probe && frame.table === before.table;
    if (isSame) return rows;
    const next = new LinkRows(frame.nodes, frame.spec.probe, nowMs);
    if (frame.table !== undefined) return next;
    this.#next = next;
    yield* next.putAll(this.#slices.values());
    return next;
  }

  /** Where a table alone counts, nothing measured is in the matrix. */
  *#measuredRows(): Iterable<LinkRows> {
    if (this.#made.frame.table === undefined) yield this.#current.rows;
    if (this.#next !== undefined) yield this.#next;
  }
}

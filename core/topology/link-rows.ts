import type { ProbeSettings } from '#core/api/network-topology.ts';
import type { Pieces } from '#core/pieces.ts';
import { type LinkRow, linkRow, STATE } from '#core/topology/link-row.ts';
import { type FreshSeconds, freshSeconds, type TopologyNode } from '#core/topology/measured-links.ts';
import type { SliceReadings } from '#core/topology/slice-readings.ts';

/**
 * Is told of every change of a row: before, so that it can look at what was, and after. `backwards` are those of the destinations
 * whose own links to the origin are another matter now, because a probe in vain says something of both directions.
 */
export interface RowFollower {
  rowChanges(origin: number, destinations: Int32Array, backwards: Int32Array): void;
  rowChanged(origin: number, destinations: Int32Array, backwards: Int32Array): void;
}

/** Where a node would be that is none. */
export const NOWHERE = -1;
/** So many rows are looked at in one piece of work. */
const ROWS_AT_ONCE = 100;

/**
 * The measurements between the nodes of a cluster at a moment, one row for each origin: put in, taken out and aged row by row.
 * Positions are those of the nodes.
 */
export class LinkRows {
  readonly nodes: readonly TopologyNode[];
  readonly indexByName: ReadonlyMap<string, number>;
  readonly #limits: FreshSeconds;
  readonly #rows: (LinkRow | undefined)[];
  /** For each destination the origins of fresh measurements. */
  readonly #origins: Set<number>[];
  readonly #followers = new Set<RowFollower>();
  /** The same names are asked for again and again: several times for one decision, and by one after the other. */
  #asked: { names: readonly string[]; indexes: Int32Array } = { names: [], indexes: new Int32Array(0) };
  #nowMs: number;
  #freshLinks = 0;
  /** Links that were probed in vain, and those of them that are fresh. */
  #failures = 0;
  #failedLinks = 0;
  #version = 0;

  constructor(nodes: readonly TopologyNode[], probe: ProbeSettings, nowMs: number) {
    this.nodes = nodes;
    this.indexByName = new Map(nodes.map(({ name }, index) => [name, index]));
    this.#limits = freshSeconds(probe);
    this.#rows = new Array(nodes.length).fill(undefined);
    this.#origins = Array.from(nodes, () => new Set<number>());
    this.#nowMs = nowMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Links with a fresh measurement. */
  get freshLinks(): number {
    return this.#freshLinks;
  }

  /** Another one after each change. */
  get version(): number {
    return this.#version;
  }

  /** Positions of nodes, NOWHERE for one that is none. Shared: do not write to it. */
  indexesOf(names: readonly string[]): Int32Array {
    if (!isSame(names, this.#asked.names)) {
      const indexes = Int32Array.from(names, (name) => this.indexByName.get(name) ?? NOWHERE);
      this.#asked = { names: [...names], indexes };
    }
    return this.#asked.indexes;
  }

  /** Reads many, for the first time. */
  *putAll(slices: Iterable<SliceReadings>): Pieces<void> {
    let read = 0;
    for (const readings of slices) {
      this.put(readings);
      if (++read % ROWS_AT_ONCE === 0) yield;
    }
  }

  /** Takes the place of what was known of the origin's links. An origin that is no node has no row. */
  put(readings: SliceReadings): void {
    const origin = this.indexByName.get(readings.origin);
    if (origin === undefined) return;
    const to = Int32Array.from(readings.destinations, (name) => this.indexByName.get(name) ?? NOWHERE);
    for (let link = 0; link < to.length; link++) if (to[link] === origin) to[link] = NOWHERE;
    this.#replace(origin, linkRow(readings, sharedWhereSame(this.#rows[origin]?.to, to), this.#limits, this.#nowMs));
  }

  remove(name: string): void {
    const origin = this.indexByName.get(name);
    if (origin !== undefined && this.#rows[origin] !== undefined) this.#replace(origin, undefined);
  }

  /** Time goes on, or the clock was set back: what each row is good for is looked at anew where it may have changed. */
  *advance(nowMs: number): Pieces<void> {
    const wasSetBack = nowMs < this.#nowMs;
    this.#nowMs = nowMs;
    let renewed = 0;
    for (let origin = 0; origin < this.#rows.length; origin++) {
      const row = this.#rows[origin];
      if (row === undefined || !(wasSetBack || row.holdsUntilMs < nowMs)) continue;
      const next = linkRow(row.readings, row.to, this.#limits, this.#nowMs);
      const isSame = next.hasRoom === row.hasRoom && next.states.every((state, link) => state === row.states[link]);
      if (isSame) this.#rows[origin] = next;
      else this.#replace(origin, next);
      if (++renewed % ROWS_AT_ONCE === 0) yield;
    }
  }

  row(origin: number): LinkRow | undefined {
    return this.#rows[origin];
  }

  /** Position of the link in its origin's row where it has a fresh measurement; else -1. */
  freshLink(origin: number, destination: number): number {
    return this.#find(origin, destination, STATE.fresh);
  }

  /** Whether the pair was probed in vain, be it some time ago. It takes both directions to answer a probe: either one counts. */
  hasFailed(one: number, other: number): boolean {
    if (this.#failures === 0) return false;
    return (
      this.#find(one, other, STATE.unreachable) !== NOWHERE || this.#find(other, one, STATE.unreachable) !== NOWHERE
    );
  }

  /** Position of the link in its origin's row where it has a fresh measurement, which is that nothing came back; else -1. */
  failedLink(origin: number, destination: number): number {
    if (this.#failedLinks === 0) return NOWHERE;
    const link = this.freshLink(origin, destination);
    return link !== NOWHERE && failureOf(this.#rows[origin] as LinkRow, link) === FAILS ? link : NOWHERE;
  }

  /** Nodes that a fresh probe in vain went to, or came from. */
  failedPeers(node: number): number[] {
    const peers: number[] = [];
    if (this.#failedLinks === 0) return peers;
    for (const origin of this.originsTo(node)) if (this.failedLink(origin, node) !== NOWHERE) peers.push(origin);
    const row = this.#rows[node];
    if (row === undefined) return peers;
    for (let link = 0; link < row.to.length; link++) {
      if (failureOf(row, link) === FAILS) peers.push(row.to[link] as number);
    }
    return peers;
  }

  /** Origins of fresh measurements to a node. */
  originsTo(destination: number): Iterable<number> {
    return this.#origins[destination] ?? [];
  }

  /** Destinations of fresh measurements from a node. */
  *destinationsFrom(origin: number): Iterable<number> {
    const row = this.#rows[origin];
    if (row === undefined) return;
    for (let link = 0; link < row.to.length; link++) {
      if (((row.states[link] as number) & STATE.fresh) !== 0) yield row.to[link] as number;
    }
  }

  follow(follower: RowFollower): void {
    this.#followers.add(follower);
  }

  unfollow(follower: RowFollower): void {
    this.#followers.delete(follower);
  }

  #find(origin: number, destination: number, bit: number): number {
    const row = this.#rows[origin];
    if (row === undefined) return NOWHERE;
    const { to, states } = row;
    for (let link = 0; link < to.length; link++) {
      if (to[link] === destination) return ((states[link] as number) & bit) === 0 ? NOWHERE : link;
    }
    return NOWHERE;
  }

  #replace(origin: number, next: LinkRow | undefined): void {
    const before = this.#rows[origin];
    const destinations = destinationsOf(before, next);
    const backwards = otherFailures(before, next);
    for (const follower of this.#followers) follower.rowChanges(origin, destinations, backwards);
    this.#markFresh(origin, before, false);
    this.#rows[origin] = next;
    this.#markFresh(origin, next, true);
    this.#version++;
    for (const follower of this.#followers) follower.rowChanged(origin, destinations, backwards);
  }

  #markFresh(origin: number, row: LinkRow | undefined, isThere: boolean): void {
    if (row === undefined) return;
    for (let link = 0; link < row.to.length; link++) {
      if (failureOf(row, link) !== ANSWERS) this.#failures += isThere ? 1 : -1;
      if (((row.states[link] as number) & STATE.fresh) === 0) continue;
      const origins = this.#origins[row.to[link] as number] as Set<number>;
      if (isThere) origins.add(origin);
      else origins.delete(origin);
      this.#freshLinks += isThere ? 1 : -1;
      if (failureOf(row, link) === FAILS) this.#failedLinks += isThere ? 1 : -1;
    }
  }
}

function isSame(names: readonly string[], others: readonly string[]): boolean {
  if (names.length !== others.length) return false;
  for (let position = 0; position < names.length; position++) if (names[position] !== others[position]) return false;
  return true;
}

function sharedWhereSame(before: Int32Array | undefined, to: Int32Array): Int32Array {
  return before?.length === to.length && before.every((index, link) => index === to[link]) ? before : to;
}

/** Whether a link fails, or did some time ago. */
function failureOf({ states }: LinkRow, link: number): typeof FAILS | typeof FAILED | typeof ANSWERS {
  const state = states[link] as number;
  if ((state & STATE.unreachable) === 0) return ANSWERS;
  return (state & STATE.fresh) === 0 ? FAILED : FAILS;
}

const ANSWERS = 0;
const FAILED = 1;
const FAILS = 2;

/** Destinations to which a link fails, or did, in one of the rows and not in the same way in the other: mostly none. */
function otherFailures(before: LinkRow | undefined, after: LinkRow | undefined): Int32Array {
  const changed = new Map<number, number>();
  for (const row of [before, after]) {
    if (row === undefined) continue;
    for (let link = 0; link < row.to.length; link++) {
      const failure = failureOf(row, link);
      if (failure === ANSWERS) continue;
      const destination = row.to[link] as number;
      if (changed.get(destination) === failure) changed.delete(destination);
      else changed.set(destination, failure);
    }
  }
  return changed.size === 0 ? NONE : Int32Array.from(changed.keys());
}

const NONE = new Int32Array(0);

/** Every destination of either row, once. */
function destinationsOf(before: LinkRow | undefined, after: LinkRow | undefined): Int32Array {
  const all = new Set<number>(before?.to);
  if (after?.to !== before?.to) for (const index of after?.to ?? []) all.add(index);
  all.delete(NOWHERE);
  return Int32Array.from(all);
}

import type { BandwidthProbe } from '#core/api/network-topology.ts';
import type { DirectedPair } from '#core/measurement/bandwidth-rounds.ts';

/** What one test moves, or is expected to move while it is under way. */
export interface BytesUsed extends DirectedPair {
  atMs: number;
  bytes: number;
}

/** Bytes that tests may still move: `of` one node, and of the cluster. */
export interface ByteRoom {
  cluster: number;
  of(node: string): number;
}

const HOUR_MS = 3_600_000;
/** Of a node of which nothing was measured yet. */
const ASSUMED_BITS_PER_SECOND = 1e9;
/** How much lower a node's fastest rate can get with one test. */
const DECAY = 0.9;

/**
 * What bandwidth tests moved within the last hour, at each node and altogether, and how much more they may. A node may spend
 * budgetPercent of what its fastest link carries in an hour: the fastest that a test measured at it, in either direction. A test
 * that turns out faster than its node was known to be raises what the node may spend, too.
 */
export class ByteBudget {
  readonly #rates = new Map<string, number>();
  #uses: BytesUsed[] = [];

  add(use: BytesUsed): BytesUsed {
    this.#uses.push(use);
    return use;
  }

  /** A test with TCP found this rate. */
  measured({ origin, destination }: DirectedPair, bitsPerSecond: number): void {
    for (const node of [origin, destination]) {
      this.#rates.set(node, Math.max(bitsPerSecond, DECAY * (this.#rates.get(node) ?? 0)));
    }
  }

  /** What a test is expected to move: as much as the slower of its ends can. */
  expectedBytes({ origin, destination }: DirectedPair, probe: BandwidthProbe): number {
    return bytesMoved(Math.min(this.#rateOf(origin), this.#rateOf(destination)), probe);
  }

  /** What the tests of one hour may move at a node. */
  allowance(node: string, { budgetPercent }: BandwidthProbe): number {
    return ((budgetPercent / 100) * this.#rateOf(node) * (HOUR_MS / 1000)) / 8;
  }

  /** Whether a test of the pair fits into an hour without any other; where not, it never comes. */
  fits(pair: DirectedPair, probe: BandwidthProbe): boolean {
    const allowed = [probe.bytesPerHour, this.allowance(pair.origin, probe), this.allowance(pair.destination, probe)];
    return this.expectedBytes(pair, probe) <= Math.min(...allowed);
  }

  room(probe: BandwidthProbe, nowMs: number): ByteRoom {
    const { nodes, cluster } = this.used(nowMs);
    return {
      cluster: probe.bytesPerHour - cluster,
      of: (node) => this.allowance(node, probe) - (nodes.get(node) ?? 0),
    };
  }

  /** Bytes of the last hour. */
  used(nowMs: number): { nodes: Map<string, number>; cluster: number } {
    this.#uses = this.#uses.filter(({ atMs }) => atMs > nowMs - HOUR_MS);
    const nodes = new Map<string, number>();
    let cluster = 0;
    for (const { origin, destination, bytes } of this.#uses) {
      cluster += bytes;
      for (const node of [origin, destination]) nodes.set(node, (nodes.get(node) ?? 0) + bytes);
    }
    return { nodes, cluster };
  }

  /** How many tests of the last hour there were. */
  tests(nowMs: number): number {
    return this.#uses.filter(({ atMs }) => atMs > nowMs - HOUR_MS).length;
  }

  /** The clock was set by so much. */
  shift(ms: number): void {
    for (const use of this.#uses) use.atMs += ms;
  }

  retain(isKnown: (node: string) => boolean): void {
    for (const node of this.#rates.keys()) if (!isKnown(node)) this.#rates.delete(node);
  }

  #rateOf(node: string): number {
    return this.#rates.get(node) ?? ASSUMED_BITS_PER_SECOND;
  }
}

export function bytesMoved(bitsPerSecond: number, { seconds, omitSeconds, bytesPerTest }: BandwidthProbe): number {
  return Math.min(bytesPerTest, (bitsPerSecond * (seconds + omitSeconds)) / 8);
}

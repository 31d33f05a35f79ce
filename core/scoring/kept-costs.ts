import type { Pieces } from '#core/pieces.ts';
import { type NetworkCosts, totalWeight, weighted } from '#core/scoring/network-cost.ts';
import { directionOf, type Peer } from '#core/scoring/peers.ts';
import { ReplicaCosts } from '#core/scoring/replica-costs.ts';
import type { Direction, LinkMatrix } from '#core/topology/link-matrix.ts';

/** Numbers that are kept at most, 8 bytes each: 64 MB. */
const MOST_NUMBERS = 8_000_000;
/** What was not asked for in so many turns is dropped. */
const KEPT_IDLE = 10;

/** Costs of the links with a workload's replicas, and how many turns ago they were asked for. */
interface Kept {
  costs: ReplicaCosts;
  idle: number;
}

/** A pod's network costs, and what they were summed of. */
interface Summed {
  parts: readonly Part[];
  costs: NetworkCosts;
  idle: number;
}

interface Part {
  costs: ReplicaCosts;
  version: number;
  peer: Peer;
}

/**
 * Network costs of all nodes, kept for each workload that is asked for: links and placed replicas that change are changed in them, so
 * that asking again costs little. They are the same, to the last digit, as `networkCosts`.
 */
export class KeptCosts {
  readonly #matrix: LinkMatrix;
  readonly #scratch: Float64Array;
  /** By AppGroup, workload and direction. */
  readonly #replicas = new Map<string, Kept>();
  /** By AppGroup and workload. */
  readonly #summed = new Map<string, Summed>();

  constructor(matrix: LinkMatrix) {
    this.#matrix = matrix;
    this.#scratch = new Float64Array(matrix.nodes.length);
  }

  /** For all nodes. The arrays are written anew where it is called again for the workload. */
  of({ appGroup, workload }: { appGroup: string; workload: string }, peers: readonly Peer[]): NetworkCosts {
    const parts = peers.map((peer): Part => {
      const costs = this.#costsOf(`${appGroup}\n${peer.workload}\n${directionOf(peer)}`, directionOf(peer));
      costs.place(peer);
      return { costs, version: costs.version, peer };
    });
    const key = `${appGroup}\n${workload}`;
    let summed = this.#summed.get(key);
    if (summed === undefined || !isSame(summed.parts, parts)) {
      summed = { parts, costs: this.#sum(peers, parts, summed?.costs), idle: 0 };
      this.#summed.set(key, summed);
      this.#keepWithin();
    }
    summed.idle = 0;
    return summed.costs;
  }

  /** Makes those that others keep, in the same places. */
  *makeOf(others: KeptCosts): Pieces<void> {
    for (const [key, { costs, idle }] of [...others.#replicas]) {
      yield;
      yield* this.#costsOf(key, costs.direction).placeInPieces({ nodes: costs.counts() });
      (this.#replicas.get(key) as Kept).idle = idle;
    }
  }

  /** Drops what nobody asks for any more; to be called now and then. */
  dropIdle(): void {
    for (const [key, summed] of this.#summed) if (++summed.idle >= KEPT_IDLE) this.#summed.delete(key);
    for (const [key, kept] of this.#replicas) if (++kept.idle >= KEPT_IDLE) this.#drop(key);
  }

  #costsOf(key: string, direction: Direction): ReplicaCosts {
    const kept = this.#replicas.get(key) ?? {
      costs: new ReplicaCosts(this.#matrix, direction, this.#scratch),
      idle: 0,
    };
    kept.idle = 0;
    // The youngest last.
    this.#replicas.delete(key);
    this.#replicas.set(key, kept);
    return kept.costs;
  }

  #sum(peers: readonly Peer[], parts: readonly Part[], before: NetworkCosts | undefined): NetworkCosts {
    const { length } = this.#matrix.nodes;
    const [dependencyCost, dependantCost] = [
      before?.dependencyCost.fill(0) ?? new Float64Array(length),
      before?.dependantCost.fill(0) ?? new Float64Array(length),
    ];
    for (const { costs, peer } of parts) {
      const sums = peer.role === 'dependency' ? dependencyCost : dependantCost;
      const { units } = costs;
      for (let node = 0; node < length; node++) (sums[node] as number) += weighted(units[node] as number, peer);
    }
    return { dependencyCost, dependantCost, totalWeight: totalWeight(peers) };
  }

  /** The oldest give way. */
  #keepWithin(): void {
    const most = MOST_NUMBERS / Math.max(1, this.#matrix.nodes.length);
    for (const key of this.#replicas.keys()) {
      if (this.#replicas.size + 2 * this.#summed.size <= most) return;
      this.#drop(key);
      const [oldest] = this.#summed.keys();
      if (oldest !== undefined && this.#summed.size > 1) this.#summed.delete(oldest);
    }
  }

  #drop(key: string): void {
    this.#replicas.get(key)?.costs.release();
    this.#replicas.delete(key);
  }
}

function isSame(before: readonly Part[], after: readonly Part[]): boolean {
  return (
    before.length === after.length &&
    before.every((part, position) => {
      const other = after[position] as Part;
      return part.costs === other.costs && part.version === other.version && part.peer.weight === other.peer.weight;
    })
  );
}

import { finish, type Pieces } from '#core/pieces.ts';
import { unitsOf } from '#core/scoring/network-cost.ts';
import type { Peer } from '#core/scoring/peers.ts';
import type { CostFollower } from '#core/topology/cost-followers.ts';
import type { Direction, LinkMatrix } from '#core/topology/link-matrix.ts';

/** The replicas on one node. */
interface ReplicasThere {
  count: number;
  /** Undefined where the matrix does not know the node. */
  index: number | undefined;
  follower: CostFollower;
}

/**
 * For each node the costs of its links to all placed replicas of a workload, or of theirs to it, added up in whole units
 * (`unitsOf`). Follows the matrix link by link; replicas that come and go are added and taken away.
 */
export class ReplicaCosts {
  /** By node index of the matrix. */
  readonly units: Float64Array;
  readonly direction: Direction;
  readonly #matrix: LinkMatrix;
  readonly #nodes = new Map<string, ReplicasThere>();
  readonly #scratch: Float64Array;
  #version = 0;

  /** `scratch` has room for a number of each node, and is written over. */
  constructor(matrix: LinkMatrix, direction: Direction, scratch: Float64Array) {
    this.#matrix = matrix;
    this.direction = direction;
    this.units = new Float64Array(matrix.nodes.length);
    this.#scratch = scratch;
  }

  /** Another one after each change of the units. */
  get version(): number {
    return this.#version;
  }

  /** How many replicas are on each node. */
  counts(): Map<string, number> {
    return new Map([...this.#nodes].map(([name, { count }]) => [name, count]));
  }

  /** The workload's replicas are on these nodes now. */
  place(peer: Pick<Peer, 'nodes'>): void {
    finish(this.placeInPieces(peer));
  }

  /** As `place`, node by node. */
  *placeInPieces({ nodes }: Pick<Peer, 'nodes'>): Pieces<void> {
    for (const [name, { count }] of this.#nodes) if (!nodes.has(name)) this.#add(name, -count);
    for (const [name, count] of nodes) {
      const more = count - (this.#nodes.get(name)?.count ?? 0);
      if (more === 0) continue;
      this.#add(name, more);
      yield;
    }
  }

  /** Stops following the matrix. */
  release(): void {
    for (const { index, follower } of this.#nodes.values()) {
      if (index !== undefined) this.#matrix.unfollow(this.direction, index, follower);
    }
  }

  #add(name: string, count: number): void {
    const there = this.#nodes.get(name) ?? this.#startToFollow(name);
    there.count += count;
    const { units } = this;
    if (there.index === undefined) {
      const unknown = count * unitsOf(Number.NaN, this.#matrix);
      for (let node = 0; node < units.length; node++) (units[node] as number) += unknown;
    } else {
      this.#matrix.fillCosts(this.#scratch, this.direction, there.index);
      for (let node = 0; node < units.length; node++) {
        (units[node] as number) += count * unitsOf(this.#scratch[node] as number, this.#matrix);
      }
    }
    this.#version++;
    if (there.count > 0) return;
    this.#nodes.delete(name);
    if (there.index !== undefined) this.#matrix.unfollow(this.direction, there.index, there.follower);
  }

  #startToFollow(name: string): ReplicasThere {
    const there: ReplicasThere = {
      count: 0,
      index: this.#matrix.indexOf(name),
      follower: {
        costChanged: (other, before, after) => {
          const change = unitsOf(after, this.#matrix) - unitsOf(before, this.#matrix);
          (this.units[other] as number) += there.count * change;
          this.#version++;
        },
      },
    };
    this.#nodes.set(name, there);
    if (there.index !== undefined) this.#matrix.follow(this.direction, there.index, there.follower);
    return there;
  }
}

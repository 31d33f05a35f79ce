import type { Direction } from '#core/topology/link-columns.ts';

/** Is told of the costs of links to or from nodes that change; NaN where they are not known. */
export interface CostFollower {
  costChanged(other: number, before: number, after: number): void;
}

/** Who follows the costs of which nodes' links, by direction and node. */
export class CostFollowers {
  readonly #to = new Map<number, Set<CostFollower>>();
  readonly #from = new Map<number, Set<CostFollower>>();

  add(direction: Direction, node: number, follower: CostFollower): void {
    const byNode = direction === 'to' ? this.#to : this.#from;
    const followers = byNode.get(node);
    if (followers) followers.add(follower);
    else byNode.set(node, new Set([follower]));
  }

  delete(direction: Direction, node: number, follower: CostFollower): void {
    const byNode = direction === 'to' ? this.#to : this.#from;
    const followers = byNode.get(node);
    followers?.delete(follower);
    if (followers?.size === 0) byNode.delete(node);
  }

  /** Whether anybody follows the link. */
  has(origin: number, destination: number): boolean {
    return this.#to.has(destination) || this.#from.has(origin);
  }

  tell(origin: number, destination: number, before: number, after: number): void {
    for (const follower of this.#to.get(destination) ?? []) follower.costChanged(origin, before, after);
    for (const follower of this.#from.get(origin) ?? []) follower.costChanged(destination, before, after);
  }
}

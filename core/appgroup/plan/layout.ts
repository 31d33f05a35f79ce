import type { CallCosts } from '#core/appgroup/plan/call-costs.ts';
import type { Replica } from '#core/appgroup/plan/replica.ts';
import type { Room } from '#core/appgroup/plan/room.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

/**
 * A placement of a whole group that is being tried. Room and costs follow each replica that is put somewhere: what a move
 * would change is looked up, not summed anew.
 */
export class Layout {
  readonly matrix: LinkMatrix;
  readonly replicas: readonly Replica[];
  readonly byWorkload: ReadonlyMap<string, readonly Replica[]>;
  readonly room: Room;
  readonly calls: CallCosts;
  readonly #costs: ReadonlyMap<string, Float64Array>;

  /** Replicas that have a node already must be fixed: they are in the room. */
  constructor(input: { matrix: LinkMatrix; replicas: readonly Replica[]; room: Room; calls: CallCosts }) {
    this.matrix = input.matrix;
    this.replicas = input.replicas;
    this.byWorkload = Map.groupBy(input.replicas, ({ workload }) => workload);
    this.room = input.room;
    this.calls = input.calls;
    this.#costs = new Map(
      [...input.calls.ties.keys()].map((name) => [name, new Float64Array(this.matrix.nodes.length)]),
    );
    for (const { workload, node } of input.replicas) if (node !== undefined) this.#moveCosts(workload, undefined, node);
  }

  /** Whether there is room for the replica on the node, which has to be one that it could run on. */
  fits({ requests, allowed }: Replica, node: number, leaving?: Replica): boolean {
    return allowed[node] === 1 && this.room.fits(requests, node, leaving?.requests);
  }

  /** Moves a replica that is not fixed; undefined: takes it away. */
  put(replica: Replica, node: number | undefined): void {
    const { workload, requests, node: before } = replica;
    if (before === node) return;
    if (before !== undefined) this.room.give(requests, before);
    if (node !== undefined) this.room.take(requests, node);
    replica.node = node;
    this.#moveCosts(workload, before, node);
  }

  /**
   * Network cost of each node for a replica of the workload, by node index, with all other workloads where they are: replicas that
   * have no place add nothing. Live: it follows every `put`.
   */
  costs(workload: string): Float64Array {
    return this.#costs.get(workload) as Float64Array;
  }

  /** Whether anything that the workload talks to has a place. */
  isDrawn(workload: string): boolean {
    const ties = this.calls.ties.get(workload) ?? [];
    return ties.some((tie) => this.byWorkload.get(tie.workload)?.some(({ node }) => node !== undefined));
  }

  /** Placement cost, 0..1, where all replicas have a place. Each call is in the costs of both ends. */
  cost(): number {
    const { totalWeight } = this.calls;
    if (totalWeight === 0) return 0;
    let sum = 0;
    for (const [workload, replicas] of this.byWorkload) {
      const costs = this.costs(workload);
      let own = 0;
      for (const { node } of replicas) if (node !== undefined) own += costs[node] as number;
      sum += own / replicas.length;
    }
    return sum / (2 * totalWeight);
  }

  /** What others pay for calls with a replica that is no longer on the one node but on the other. */
  #moveCosts(workload: string, from: number | undefined, to: number | undefined): void {
    for (const { workload: other, direction, weight } of this.calls.ties.get(workload) ?? []) {
      const costs = this.costs(other);
      const before = from === undefined ? undefined : this.calls.links(direction, from);
      const after = to === undefined ? undefined : this.calls.links(direction, to);
      if (before === undefined) add(costs, after, weight);
      else if (after === undefined) add(costs, before, -weight);
      else addDifference(costs, before, after, weight);
    }
  }
}

// Plain loops: this is most of the time that a plan takes.

function add(costs: Float64Array, links: Float64Array | undefined, weight: number): void {
  if (links === undefined) return;
  for (let node = 0; node < costs.length; node++) (costs[node] as number) += weight * (links[node] as number);
}

function addDifference(costs: Float64Array, before: Float64Array, after: Float64Array, weight: number): void {
  for (let node = 0; node < costs.length; node++) {
    (costs[node] as number) += weight * ((after[node] as number) - (before[node] as number));
  }
}

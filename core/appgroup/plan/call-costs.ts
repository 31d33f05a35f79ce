import type { DependencyGraph } from '#core/appgroup/graph.ts';
import { UNKNOWN_LINK_COST } from '#core/scoring/network-cost.ts';
import type { Direction, LinkMatrix } from '#core/topology/link-matrix.ts';

/** Where a replica of one workload is adds to the costs of another that calls it, or that it calls. */
interface Tie {
  workload: string;
  /** Of the links between the nodes of the other workload and the replica. */
  direction: Direction;
  /** Weight of the call by replicas of this end. */
  weight: number;
}

/** What all layouts of one plan have in common: who is tied to whom, and what links cost. */
export class CallCosts {
  /** For each workload what each of its replicas adds to others. */
  readonly ties: ReadonlyMap<string, readonly Tie[]>;
  /** Of all calls that have replicas at both ends. */
  readonly totalWeight: number;
  readonly #pairWeights = new Map<string, Map<string, number>>();
  readonly #matrix: LinkMatrix;
  readonly #links = { to: new Map<number, Float64Array>(), from: new Map<number, Float64Array>() };

  /** `replicas`: how many of each workload there are to count with. */
  constructor(graph: DependencyGraph, matrix: LinkMatrix, replicas: ReadonlyMap<string, number>) {
    this.#matrix = matrix;
    const ties = new Map<string, Tie[]>(graph.workloads.map((workload) => [workload, []]));
    let totalWeight = 0;
    for (const origin of graph.workloads) {
      for (const { destination, weight } of graph.dependencies(origin)) {
        const [origins = 0, destinations = 0] = [replicas.get(origin), replicas.get(destination)];
        if (origins === 0 || destinations === 0) continue;
        ties.get(destination)?.push({ workload: origin, direction: 'to', weight: weight / destinations });
        ties.get(origin)?.push({ workload: destination, direction: 'from', weight: weight / origins });
        this.#addPair(origin, destination, weight / (origins * destinations));
        this.#addPair(destination, origin, weight / (origins * destinations));
        totalWeight += weight;
      }
    }
    this.ties = ties;
    this.totalWeight = totalWeight;
  }

  /** Weight of the calls between a replica of the one and a replica of the other, both ways together. */
  pairWeight(one: string, other: string): number {
    return this.#pairWeights.get(one)?.get(other) ?? 0;
  }

  /** Costs of the links to a node from every node, or from it to every node; what is not known counts as midway. Shared. */
  links(direction: Direction, node: number): Float64Array {
    let costs = this.#links[direction].get(node);
    if (costs === undefined) {
      costs = this.#matrix.vector('cost', direction, node);
      if (costs.some(Number.isNaN)) costs = costs.map((cost) => (Number.isNaN(cost) ? UNKNOWN_LINK_COST : cost));
      this.#links[direction].set(node, costs);
    }
    return costs;
  }

  #addPair(one: string, other: string, weight: number): void {
    const weights = this.#pairWeights.get(one) ?? new Map<string, number>();
    this.#pairWeights.set(one, weights);
    weights.set(other, (weights.get(other) ?? 0) + weight);
  }
}

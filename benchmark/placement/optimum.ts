import type { PlacementCase } from './cases.ts';
import { type NumberedPod, type Problem, problemOf } from './problem.ts';

/** The least cost that any placement of all pods can have. */
export interface Optimum {
  /** Undefined where no placement of all pods was found. */
  cost: number | undefined;
  /** Whether the search came to its end: if not, there may be a better one. */
  proven: boolean;
}

interface SearchOptions {
  /** So many partial placements are looked at. */
  mostVisited: number;
  /** The cost of a placement that is known: only better ones are looked for. */
  atMost?: number;
}

/**
 * Branch and bound: one pod after the other, each on the cheapest nodes first. A partial placement is given up where its cost, and
 * what each other pod pays at least to the placed ones, come to no less than the best so far.
 */
export function optimumOf(
  given: Pick<PlacementCase, 'known' | 'pods' | 'nodes' | 'matrix'>,
  options: SearchOptions,
): Optimum {
  const search = new Search(problemOf(given), options);
  const proven = search.run();
  return { cost: Number.isFinite(search.least) ? search.least : undefined, proven };
}

const EPSILON = 1e-12;

class Search {
  least: number;
  readonly #problem: Problem;
  readonly #nodes: number;
  readonly #mostVisited: number;
  #visited = 0;
  /** For each number of placed pods: what each other pod would pay to them on each node, pod · nodes + node. */
  readonly #costs: Float64Array[];
  readonly #nodeOf: Int32Array;

  constructor(problem: Problem, { mostVisited, atMost = Number.POSITIVE_INFINITY }: SearchOptions) {
    this.least = atMost;
    this.#problem = problem;
    this.#nodes = problem.room.cpu.length;
    this.#mostVisited = mostVisited;
    const { length } = problem.pods;
    this.#costs = Array.from({ length: length + 1 }, () => new Float64Array(length * this.#nodes));
    this.#nodeOf = new Int32Array(length);
  }

  /** False where it was given up before it came to its end. */
  run(): boolean {
    return this.#place(0, 0);
  }

  /** Tries all nodes for a pod and those after it; `cost` is that of the pods before it. */
  #place(position: number, cost: number): boolean {
    if (++this.#visited > this.#mostVisited) return false;
    const pod = this.#problem.pods[position];
    if (pod === undefined) {
      this.least = cost;
      return true;
    }
    const costs = this.#costs[position] as Float64Array;
    const costAt = (node: number) => costs[position * this.#nodes + node] as number;
    for (const node of this.#candidates(pod).sort((a, b) => costAt(a) - costAt(b))) {
      const reached = cost + costAt(node);
      if (reached >= this.least - EPSILON) break;
      this.#take(pod, node, 1);
      this.#nodeOf[position] = node;
      this.#addCosts(position, node);
      const isDone = reached + this.#boundAfter(position) >= this.least - EPSILON || this.#place(position + 1, reached);
      this.#take(pod, node, -1);
      if (!isDone) return false;
    }
    return true;
  }

  /** Of pods that are the same in all, each is on the node of the one before it or a later one. */
  #candidates(pod: NumberedPod): number[] {
    const nodes: number[] = [];
    const first = pod.twin === undefined ? 0 : (this.#nodeOf[pod.twin] as number);
    for (let node = first; node < this.#nodes; node++) if (this.#fits(pod, node)) nodes.push(node);
    return nodes;
  }

  #addCosts(position: number, node: number): void {
    const nodes = this.#nodes;
    const { links, pods } = this.#problem;
    const costs = this.#costs[position + 1] as Float64Array;
    costs.set(this.#costs[position] as Float64Array);
    for (const { pod, made, taken } of (pods[position] as NumberedPod).calls) {
      for (let other = 0; other < nodes; other++) {
        const added = made * (links[node * nodes + other] as number) + taken * (links[other * nodes + node] as number);
        (costs[pod * nodes + other] as number) += added;
      }
    }
  }

  /** What the pods after this one pay at least to those placed; infinite where one of them has no room. */
  #boundAfter(position: number): number {
    const costs = this.#costs[position + 1] as Float64Array;
    let sum = 0;
    for (let next = position + 1; next < this.#problem.pods.length; next++) {
      const pod = this.#problem.pods[next] as NumberedPod;
      let least = Number.POSITIVE_INFINITY;
      for (let node = 0; node < this.#nodes; node++) {
        const cost = costs[next * this.#nodes + node] as number;
        if (cost < least && this.#fits(pod, node)) least = cost;
      }
      sum += least;
    }
    return sum;
  }

  #fits({ cpu, memory, allowed }: NumberedPod, node: number): boolean {
    const { room } = this.#problem;
    return (
      allowed[node] === 1 &&
      (room.cpu[node] as number) >= cpu &&
      (room.memory[node] as number) >= memory &&
      (room.pods[node] as number) >= 1
    );
  }

  #take({ cpu, memory }: NumberedPod, node: number, pods: 1 | -1): void {
    const { room } = this.#problem;
    (room.cpu[node] as number) -= pods * cpu;
    (room.memory[node] as number) -= pods * memory;
    (room.pods[node] as number) -= pods;
  }
}

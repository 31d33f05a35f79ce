import { DIMENSIONS, SOLVER } from '#core/coordinates/config.ts';
import type { NodeLinks } from '#core/coordinates/node-links.ts';
import { NormalEquations } from '#core/coordinates/normal-equations.ts';

/** Numbers of a node: its vector, then its height as an origin and as a destination. */
export const STRIDE = DIMENSIONS + 2;
export const ORIGIN_HEIGHT = DIMENSIONS;
export const DESTINATION_HEIGHT = DIMENSIONS + 1;

/** Below this two places are taken for one, in microseconds: their direction from each other means nothing. */
const SAME_PLACE = 0.01;

/** Nodes in a space in which distances, and heights at both ends, are round-trip times in microseconds. */
export class Embedding {
  /** STRIDE numbers for each node. */
  readonly numbers: Float64Array;
  readonly #links: NodeLinks;
  readonly #isPlaced: Uint8Array;
  /** An RTT that is long in this network, in microseconds. */
  readonly #scale: number;
  readonly #equations = new NormalEquations(STRIDE);
  /** From a peer to the node, and in the end how the logarithm of the estimate grows with each axis. */
  readonly #slopes = new Float64Array(DIMENSIONS);

  /** Links to nodes without `isPlaced` do not count. */
  constructor(links: NodeLinks, isPlaced: Uint8Array, scaleMicroseconds: number) {
    this.#links = links;
    this.#isPlaced = isPlaced;
    this.#scale = scaleMicroseconds;
    this.numbers = new Float64Array(STRIDE * isPlaced.length);
  }

  /**
   * Moves a node to where its links fit better: a damped Gauss-Newton step on the logarithms of their RTTs, so that errors count
   * in proportion, with pseudo-Huber weights (Charbonnier et al., 1997), so that a link that fits nowhere counts little.
   */
  settle(node: number, damping: number): void {
    const { starts, outward } = this.#links;
    const [equations, slopes] = [this.#equations, this.#slopes];
    equations.clear();
    for (let link = starts[node] as number; link < (starts[node + 1] as number); link++) {
      const estimate = this.#estimate(node, link);
      if (estimate === 0) continue;
      const error = Math.log(estimate) - (this.#links.logRtts[link] as number);
      const weight = 1 / Math.sqrt(error * error + SOLVER.robustError * SOLVER.robustError);
      const height = outward[link] === 1 ? ORIGIN_HEIGHT : DESTINATION_HEIGHT;
      equations.add(slopes, height, 1 / estimate, error, weight);
    }
    this.#addExpectations(node);
    this.#move(node, equations.solve(damping));
  }

  /** The mean error of the node's links, as a share of their RTT. */
  errorRatio(node: number): number {
    const { starts, logRtts } = this.#links;
    let [sum, count] = [0, 0];
    for (let link = starts[node] as number; link < (starts[node + 1] as number); link++) {
      const estimate = this.#estimate(node, link);
      if (estimate === 0) continue;
      sum += Math.min(SOLVER.maxErrorRatio, Math.abs(Math.log(estimate) - (logRtts[link] as number)));
      count++;
    }
    // As many numbers as a node has fit as many links without telling anything of others.
    return Math.min(SOLVER.maxErrorRatio, ((sum / count) * (count + STRIDE)) / count);
  }

  /** Of a link of the node, in microseconds, and its slopes with it; 0 where the peer has no place. */
  #estimate(node: number, link: number): number {
    const peer = this.#links.peers[link] as number;
    if (this.#isPlaced[peer] === 0) return 0;
    const { numbers } = this;
    const slopes = this.#slopes;
    const [here, there] = [node * STRIDE, peer * STRIDE];
    let square = SAME_PLACE * SAME_PLACE;
    for (let axis = 0; axis < DIMENSIONS; axis++) {
      const apart = (numbers[here + axis] as number) - (numbers[there + axis] as number);
      slopes[axis] = apart;
      square += apart * apart;
    }
    const distance = Math.sqrt(square);
    const isOrigin = this.#links.outward[link] === 1;
    const own = numbers[here + (isOrigin ? ORIGIN_HEIGHT : DESTINATION_HEIGHT)] as number;
    const other = numbers[there + (isOrigin ? DESTINATION_HEIGHT : ORIGIN_HEIGHT)] as number;
    const estimate = distance + own + other;
    const share = 1 / (distance * estimate);
    for (let axis = 0; axis < DIMENSIONS; axis++) slopes[axis] = (slopes[axis] as number) * share;
    return estimate;
  }

  /** What is likely of any node: it is not far out, and its heights are alike. */
  #addExpectations(node: number): void {
    const { numbers } = this;
    const here = node * STRIDE;
    const weight = SOLVER.gravity / (this.#scale * this.#scale);
    for (let axis = 0; axis < DIMENSIONS; axis++) {
      this.#equations.pull(axis, numbers[here + axis] as number, weight);
    }
    const asOrigin = numbers[here + ORIGIN_HEIGHT] as number;
    const asDestination = numbers[here + DESTINATION_HEIGHT] as number;
    const apart = asDestination - asOrigin;
    const height = (asOrigin + asDestination) / 2 + SOLVER.smallHeightShare * this.#scale;
    const tie = SOLVER.heightTie / (height * Math.sqrt(apart * apart + (SOLVER.robustError * height) ** 2));
    this.#equations.tie(DESTINATION_HEIGHT, ORIGIN_HEIGHT, apart, tie);
  }

  #move(node: number, step: Float64Array): void {
    const { numbers } = this;
    const here = node * STRIDE;
    let square = 0;
    for (let axis = 0; axis < DIMENSIONS; axis++) square += (step[axis] as number) ** 2;
    const share = Math.min(1, (SOLVER.longestStep * this.#scale) / Math.max(Math.sqrt(square), SAME_PLACE));
    for (let axis = 0; axis < STRIDE; axis++) {
      const moved = (numbers[here + axis] as number) - share * (step[axis] as number);
      numbers[here + axis] = axis < DIMENSIONS ? moved : Math.max(SOLVER.minHeightMicroseconds, moved);
    }
  }
}

import { evenDistances } from '#core/coordinates/evaluation/even-peers.ts';
import type { RttSample } from '#core/coordinates/node-links.ts';
import { createRandom } from '#core/random.ts';

/** What every node would measure to every other. */
export interface RttMatrix {
  nodeCount: number;
  /** In microseconds, by origin · nodeCount + destination; 0 where there is none. */
  rttMicroseconds: Float64Array;
}

/** A matrix of which only some links were probed. */
export interface Probed {
  matrix: RttMatrix;
  /** 1 for a link that was probed, in the order of the matrix. */
  isProbed: Uint8Array;
  /** The probed links that answered. */
  samples: readonly RttSample[];
  failed: number;
}

/** Probes `probes` peers of each node, spread evenly over all nodes in an order drawn by the seed. */
export function probeSome(matrix: RttMatrix, probes: number, seed: number): Probed {
  const { nodeCount, rttMicroseconds } = matrix;
  const order = shuffled(nodeCount, createRandom(seed));
  const isProbed = new Uint8Array(nodeCount * nodeCount);
  const samples: RttSample[] = [];
  let failed = 0;
  const distances = evenDistances(nodeCount, probes, 0);
  for (const [place, origin] of order.entries()) {
    for (const distance of distances) {
      const destination = order[(place + distance) % nodeCount] as number;
      const link = origin * nodeCount + destination;
      isProbed[link] = 1;
      const rtt = rttMicroseconds[link] as number;
      if (rtt > 0) samples.push({ origin, destination, rttMicroseconds: rtt });
      else failed++;
    }
  }
  return { matrix, isProbed, samples, failed };
}

/** Links that were not probed and have a round-trip time to compare with, from each origin in turn. */
export function* hiddenLinks({ matrix, isProbed }: Probed): Generator<RttSample> {
  const { nodeCount, rttMicroseconds } = matrix;
  for (let origin = 0; origin < nodeCount; origin++) {
    for (let destination = 0; destination < nodeCount; destination++) {
      const link = origin * nodeCount + destination;
      const rtt = rttMicroseconds[link] as number;
      if (origin !== destination && isProbed[link] === 0 && rtt > 0) {
        yield { origin, destination, rttMicroseconds: rtt };
      }
    }
  }
}

function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, node) => node);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}

import type { RttSample } from '#core/coordinates/node-links.ts';
import { arrangePeers, peersInTurn } from '#core/measurement/probe-peers.ts';
import { hashNumber } from '#core/random.ts';

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

/** Probes the peers that the probe plan has for each node in one turn, which the seed draws: `probes` of them where there are twice as many nodes. */
export function probeSome(matrix: RttMatrix, probes: number, seed: number): Probed {
  const { nodeCount, rttMicroseconds } = matrix;
  const isProbed = new Uint8Array(nodeCount * nodeCount);
  const samples: RttSample[] = [];
  let failed = 0;
  for (const [origin, peers] of peersOfTurn(nodeCount, probes, seed, hashNumber(seed)).entries()) {
    for (const destination of peers) {
      const link = origin * nodeCount + destination;
      isProbed[link] = 1;
      const rtt = rttMicroseconds[link] as number;
      if (rtt > 0) samples.push({ origin, destination, rttMicroseconds: rtt });
      else failed++;
    }
  }
  return { matrix, isProbed, samples, failed };
}

/** Who would probe whom in a turn, by position, were the nodes named as the seed says; also where a plan would have all pairs. */
export function peersOfTurn(nodeCount: number, peersPerNode: number, seed: number, turn: number): number[][] {
  const names = Array.from({ length: nodeCount }, (_, node) => `node-${node}`);
  return peersInTurn(arrangePeers(names, { peersPerNode, seed, allPairsBelowNodes: 0 }), turn).map(({ all }) => all);
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

import { probeSome } from '#core/coordinates/evaluation/hidden-links.ts';
import { type Coordinates, solveCoordinates } from '#core/coordinates/solve.ts';
import type { Pieces } from '#core/pieces.ts';
import { zonedNetwork } from './networks.ts';
import type { SpeedRun } from './result.ts';

/** Nodes in a zone of the network that is solved. */
const ZONE_NODES = 50;

/** A solve from nothing, and one that goes on from it. */
export function measureSpeed(nodes: number, probes: number, seed: number): SpeedRun[] {
  const { matrix } = zonedNetwork({ nodes, zones: Math.ceil(nodes / ZONE_NODES), seed });
  const { samples } = probeSome(matrix, probes, seed);
  const cold = timed(() => solveCoordinates(nodes, samples));
  const warm = timed(() => solveCoordinates(nodes, samples, { before: cold.coordinates }));
  return [
    { nodes, probes, start: 'cold', ...cold.run },
    { nodes, probes, start: 'warm', ...warm.run },
  ];
}

function timed(solve: () => Pieces<Coordinates>): {
  coordinates: Coordinates;
  run: Pick<SpeedRun, 'milliseconds' | 'longestPieceMs' | 'memoryMiB'>;
} {
  const memoryBefore = memoryBytes();
  const pieces = solve();
  let [milliseconds, longestPieceMs, memory] = [0, 0, 0];
  for (;;) {
    const startedAt = performance.now();
    const { done, value } = pieces.next();
    const tookMs = performance.now() - startedAt;
    milliseconds += tookMs;
    longestPieceMs = Math.max(longestPieceMs, tookMs);
    memory = Math.max(memory, memoryBytes() - memoryBefore);
    if (done) return { coordinates: value, run: { milliseconds, longestPieceMs, memoryMiB: memory / 2 ** 20 } };
  }
}

/** Of the heap and of typed arrays. */
function memoryBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

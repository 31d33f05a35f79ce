import type { Coordinate } from '#core/api/network-topology-slice.ts';
import { STEADY } from '#core/coordinates/config.ts';
import { estimateRtt } from '#core/coordinates/coordinate.ts';
import type { RttSamples } from '#core/coordinates/node-links.ts';
import type { Coordinates } from '#core/coordinates/solve.ts';
import type { Pieces } from '#core/pieces.ts';

const SAMPLES_AT_ONCE = 5000;

/** What others are to know: of each node the coordinate that they know already, until what it estimates of the samples' links has moved. */
export function* steadyCoordinates(known: Coordinates, solved: Coordinates, samples: RttSamples): Pieces<Coordinates> {
  const links = new Uint32Array(solved.length);
  const moves = new Uint32Array(solved.length);
  let read = 0;
  for (const { origin, destination } of samples) {
    if (++read % SAMPLES_AT_ONCE === 0) yield;
    const [from, to] = [known[origin], known[destination]];
    if (from === undefined || to === undefined) continue;
    const before = estimateRtt(from, to).rttMicroseconds;
    count(origin, before, solved[origin] && estimateRtt(solved[origin], to).rttMicroseconds);
    count(destination, before, solved[destination] && estimateRtt(from, solved[destination]).rttMicroseconds);
  }

  function count(node: number, before: number, after: number | undefined): void {
    if (after === undefined) return;
    links[node] = (links[node] as number) + 1;
    if (estimateMoved(before, after)) moves[node] = (moves[node] as number) + 1;
  }

  return solved.map((coordinate: Coordinate | undefined, node) => {
    const before = known[node];
    if (coordinate === undefined || before === undefined) return coordinate;
    return (moves[node] as number) > STEADY.movedLinks * (links[node] as number) ? coordinate : before;
  });
}

function estimateMoved(before: number, after: number): boolean {
  return Math.abs(after - before) > Math.max(STEADY.leastMicroseconds, STEADY.leastShare * before);
}

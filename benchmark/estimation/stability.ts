import { gaussian } from '#benchmark/gaussian.ts';
import { probeSettings } from '#core/api/network-topology.ts';
import { estimateRtt } from '#core/coordinates/coordinate.ts';
import { peersOfTurn } from '#core/coordinates/evaluation/hidden-links.ts';
import type { RttSample } from '#core/coordinates/node-links.ts';
import { type Coordinates, solveCoordinates } from '#core/coordinates/solve.ts';
import { steadyCoordinates } from '#core/coordinates/steady.ts';
import { turnSeconds } from '#core/measurement/probe-schedule.ts';
import { finish } from '#core/pieces.ts';
import { createRandom } from '#core/random.ts';
import { quantile } from '#core/statistics.ts';
import type { EstimatedNetwork } from './networks.ts';
import type { StabilityRun } from './result.ts';

/** As shipped: peers take turns so often, */
export const TURN_SECONDS = turnSeconds(probeSettings.parse({}));
/** and coordinates are solved so often. */
export const SECONDS_PER_ROUND = 15;
const ROUNDS_PER_TURN = TURN_SECONDS / SECONDS_PER_ROUND;
const TURNS = 4;
const PLAN_SEED = 1;

/** How often coordinates are published anew on a network that only jitters, as long as peers are the same and when they change. */
export function measureStability(
  network: EstimatedNetwork,
  probes: number,
  jitter: number,
  seed: number,
): StabilityRun {
  const { nodeCount } = network.matrix;
  const random = createRandom(seed);
  let solved: Coordinates = finish(solveCoordinates(nodeCount, samplesOf(network, probes, 0, jitter, random)));
  let known = solved;
  let [quiet, turning] = [0, 0];
  const moves: number[] = [];
  for (let round = 1; round < TURNS * ROUNDS_PER_TURN; round++) {
    const samples = samplesOf(network, probes, Math.floor(round / ROUNDS_PER_TURN), jitter, random);
    const next = finish(solveCoordinates(nodeCount, samples, { before: solved }));
    moves.push(...movesOf(solved, next, samples));
    solved = next;
    const steady = finish(steadyCoordinates(known, solved, samples));
    const told = steady.filter((coordinate, node) => coordinate !== known[node]).length;
    if (round < ROUNDS_PER_TURN) quiet += told;
    else turning += told;
    known = steady;
  }
  return {
    network: network.name,
    probes,
    jitter,
    movedMedian: quantile(moves, 0.5) ?? Number.NaN,
    movedP99: quantile(moves, 0.99) ?? Number.NaN,
    publishedPerNodeAndHourQuiet: perHour(quiet, ROUNDS_PER_TURN - 1, nodeCount),
    publishedPerNodeAndHourTurning: perHour(turning, (TURNS - 1) * ROUNDS_PER_TURN, nodeCount),
  };
}

function perHour(told: number, rounds: number, nodes: number): number {
  return (told / nodes / (rounds * SECONDS_PER_ROUND)) * 3600;
}

function samplesOf(
  { matrix: { nodeCount, rttMicroseconds } }: EstimatedNetwork,
  probes: number,
  turn: number,
  jitter: number,
  random: () => number,
): RttSample[] {
  return peersOfTurn(nodeCount, probes, PLAN_SEED, turn).flatMap((peers, origin) =>
    peers.flatMap((destination) => {
      const rtt = rttMicroseconds[origin * nodeCount + destination] as number;
      const measured = Math.max(1, Math.round(rtt * Math.exp(jitter * gaussian(random))));
      return rtt > 0 ? [{ origin, destination, rttMicroseconds: measured }] : [];
    }),
  );
}

/** By how much the estimates of measured links changed, as a share. */
function movesOf(before: Coordinates, after: Coordinates, samples: readonly RttSample[]): number[] {
  return samples.flatMap(({ origin, destination }) => {
    const [a, b, c, d] = [before[origin], before[destination], after[origin], after[destination]];
    if (!(a && b && c && d)) return [];
    const was = estimateRtt(a, b).rttMicroseconds;
    return Math.abs(estimateRtt(c, d).rttMicroseconds - was) / was;
  });
}

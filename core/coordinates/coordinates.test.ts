import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coordinate } from '#core/api/network-topology-slice.ts';
import { estimateRtt } from '#core/coordinates/coordinate.ts';
import { evenDistances } from '#core/coordinates/evaluation/even-peers.ts';
import type { RttSample } from '#core/coordinates/node-links.ts';
import { type Coordinates, solveCoordinates } from '#core/coordinates/solve.ts';
import { steadyCoordinates } from '#core/coordinates/steady.ts';
import { finish } from '#core/pieces.ts';
import { createRandom } from '#core/random.ts';
import { quantile } from '#core/statistics.ts';

/** The RTT of a link in microseconds, by the positions of both ends. */
type Truth = (origin: number, destination: number) => number;

const NODES = 60;
const NAMES = Array.from({ length: NODES }, (_, node) => `n${node}`);

// As in the tests of hashicorp/serf, coordinate/phantom.go.
const line: Truth = (a, b) => 1000 * Math.abs(a - b);
const grid: Truth = (a, b) => 1000 * Math.hypot((a % 8) - (b % 8), Math.trunc(a / 8) - Math.trunc(b / 8));
const split: Truth = (a, b) => (a < NODES / 2 === b < NODES / 2 ? 1000 : 11_000);
/** Node 0 is the middle; all others are on a circle, as far from each other as from it, which no plane has without heights. */
const circle: Truth = (a, b) => {
  if (a === 0 || b === 0) return 10_000;
  const angle = (2 * Math.PI * (a - b)) / NODES;
  return Math.hypot(1 - Math.cos(angle), Math.sin(angle)) * 10_000 + 1000;
};
/** A node adds 1 ms where it is the origin, and 3 ms where it is the destination, or the other way round. */
const directed: Truth = (a, b) => grid(a, b) + (a % 2 === 0 ? 1000 : 3000) + (b % 2 === 0 ? 3000 : 1000);

/** Of links from each node to the next quarter of its peers, and to others all around the list that differ by `rotation`. */
function samplesOf(truth: Truth, options: { peersPerNode?: number; rotation?: number; jitter?: number } = {}) {
  const { peersPerNode = 16, rotation = 0, jitter = 0 } = options;
  const random = createRandom(3 + rotation);
  const distances = evenDistances(NODES, peersPerNode, rotation);
  return NAMES.flatMap((_, origin): RttSample[] =>
    distances.map((distance) => {
      const destination = (origin + distance) % NODES;
      const rtt = truth(origin, destination) * (1 + jitter * (2 * random() - 1));
      return { origin, destination, rttMicroseconds: Math.round(rtt) };
    }),
  );
}

function errorsOf(coordinates: Coordinates, truth: Truth, samples: readonly RttSample[]): Float64Array {
  const probed = new Set(samples.map(({ origin, destination }) => origin * NODES + destination));
  return Float64Array.from(
    coordinates.flatMap((from, origin) =>
      coordinates.flatMap((to, destination) => {
        if (origin === destination || probed.has(origin * NODES + destination) || !from || !to) return [];
        const rtt = truth(origin, destination);
        return Math.abs(estimateRtt(from, to).rttMicroseconds - rtt) / rtt;
      }),
    ),
  );
}

const solve = (samples: readonly RttSample[], before?: Coordinates) =>
  finish(solveCoordinates(NODES, samples, before ? { before } : {}));

describe('estimates of links that were not probed', () => {
  it.each<{ name: string; truth: Truth; median: number; p90: number }>([
    { name: 'a line', truth: line, median: 0.03, p90: 0.1 },
    { name: 'a grid', truth: grid, median: 0.03, p90: 0.1 },
    { name: 'two sites far apart', truth: split, median: 0.05, p90: 0.25 },
    { name: 'a circle around a node', truth: circle, median: 0.03, p90: 0.1 },
    { name: 'a grid with links that differ by direction', truth: directed, median: 0.05, p90: 0.15 },
  ])('are right on $name', ({ truth, median, p90 }) => {
    const samples = samplesOf(truth);
    const errors = errorsOf(solve(samples), truth, samples);
    expect(errors.length).toBe(NODES * (NODES - 1) - samples.length);
    expect(quantile(errors, 0.5)).toBeLessThan(median);
    expect(quantile(errors, 0.9)).toBeLessThan(p90);
  });

  it('hardly suffer from a node that lies', () => {
    const honest = samplesOf(grid);
    const lied = honest.map((sample) => (sample.origin === 7 ? { ...sample, rttMicroseconds: 500_000 } : sample));
    const others = solve(lied).map((of, node) => (node === 7 ? undefined : of));
    expect(quantile(errorsOf(others, grid, honest), 0.5)).toBeLessThan(0.1);
  });

  it('tell how wrong they may be: more where links fit badly', () => {
    const noisy: Truth = (a, b) => grid(a, b) * (a % 4 === 0 ? 0.5 + ((7 * a + 13 * b) % 17) / 10 : 1);
    const errorOf = solve(samplesOf(noisy)).map((of) => of?.errorPartsPerMillion ?? Number.NaN);
    const [wild, calm] = [0, 1].map((rest) =>
      quantile(
        errorOf.filter((_, node) => node % 4 === rest),
        0.5,
      ),
    );
    expect(wild).toBeGreaterThan(2 * (calm as number));
  });

  it('are there for nodes with links enough that lead to most others', () => {
    const samples = samplesOf(grid).filter(({ origin, destination }) => origin !== 5 && destination !== 5);
    const [few, apart] = [5, 50];
    const cut = samples.filter(({ origin, destination }) => origin < apart === destination < apart);
    const twoLinks = [0, 1].map((destination) => ({ origin: few, destination, rttMicroseconds: 1000 }));
    const known = solve([...cut, ...twoLinks]).map((of) => of !== undefined);
    expect(known).toEqual(NAMES.map((_, node) => node !== few && node < apart));
  });

  it('are the same for the same samples', () => {
    expect(solve(samplesOf(circle))).toEqual(solve(samplesOf(circle)));
  });

  it('are made in pieces', () => {
    const pieces = solveCoordinates(NODES, samplesOf(grid));
    let steps = 0;
    while (pieces.next().done === false) steps++;
    expect(steps).toBeGreaterThan(50);
  });
});

describe('a network that goes on', () => {
  it('keeps its coordinates where only noise changes, and where other peers are probed', () => {
    let solved: Coordinates = solve(samplesOf(grid, { jitter: 0.03 }));
    let known = solved;
    let told = 0;
    for (let round = 1; round <= 20; round++) {
      const samples = samplesOf(grid, { jitter: 0.03, rotation: Math.floor(round / 5) });
      solved = solve(samples, solved);
      const steady = finish(steadyCoordinates(known, solved, samples));
      told += steady.filter((of, node) => of !== known[node]).length;
      known = steady;
    }
    expect(told / (20 * NODES)).toBeLessThan(0.02);
    expect(quantile(errorsOf(known, grid, []), 0.5)).toBeLessThan(0.05);
  });

  it('follows a site that moves away, in the next round', () => {
    const known = solve(samplesOf(split));
    const moved: Truth = (a, b) => (split(a, b) === 1000 ? 1000 : 22_000);
    const samples = samplesOf(moved);
    const steady = finish(steadyCoordinates(known, solve(samples, known), samples));
    expect(quantile(errorsOf(known, moved, samples), 0.9)).toBeGreaterThan(0.4);
    expect(quantile(errorsOf(steady, moved, samples), 0.9)).toBeLessThan(0.2);
  });

  it('gives a new node a place without moving the others', () => {
    const all = samplesOf(grid);
    const [added, withoutIt] = [20, all.filter(({ origin, destination }) => origin !== 20 && destination !== 20)];
    const before = solve(withoutIt);
    expect(before[added]).toBeUndefined();
    const after = solve(all, before);
    const known = finish(steadyCoordinates(before, after, all));
    expect(known[added]).toEqual(after[added]);
    expect(known.filter((of, node) => of !== before[node])).toHaveLength(1);
    expect(quantile(errorsOf(known, grid, all), 0.5)).toBeLessThan(0.05);
  });

  it('forgets the coordinate of a node that has no links any more', () => {
    const known = solve(samplesOf(grid));
    const samples = samplesOf(grid).filter(({ origin, destination }) => origin !== 3 && destination !== 3);
    const steady = finish(steadyCoordinates(known, solve(samples, known), samples));
    expect(steady.filter((of) => of === undefined)).toHaveLength(1);
  });
});

describe('what is published of a node', () => {
  const CONTRADICTING = [
    { origin: 1, destination: 5, rttMicroseconds: 0 },
    { origin: 5, destination: 1, rttMicroseconds: 0 },
    { origin: 1, destination: 5, rttMicroseconds: 55_695_963 },
    { origin: 0, destination: 1, rttMicroseconds: 19_068_047 },
  ];

  it('fits the schema and 300 bytes, whatever was measured', () => {
    const sample = fc.record({
      origin: fc.nat(9),
      destination: fc.nat(9),
      rttMicroseconds: fc.oneof(fc.nat(300), fc.nat(60_000_000)),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 120 }), (drawn) => {
        const samples = drawn.filter(({ origin, destination }) => origin !== destination);
        for (const of of finish(solveCoordinates(10, samples))) {
          if (of === undefined) continue;
          expect(coordinate.safeParse(of).success).toBe(true);
          expect(JSON.stringify(of).length).toBeLessThan(300);
        }
      }),
      { examples: [[CONTRADICTING]] },
    );
  });
});

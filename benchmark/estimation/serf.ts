import type { RttSample } from '#core/coordinates/node-links.ts';
import { createRandom } from '#core/random.ts';

// Coordinates as hashicorp/serf keeps them (coordinate/config.go, coordinate.go, client.go), in seconds as there. Its latency
// filter, the median of a link's last three samples, has no part: the samples of a link are all the same here.

const DIMENSIONS = 8;
const ERROR_MAX = 1.5;
/** CE and CC: how much of a new sample counts for the error and for the place. */
const CE = 0.25;
const CC = 0.25;
const ADJUSTMENT_WINDOW = 20;
const HEIGHT_MIN = 10e-6;
const GRAVITY_RHO = 150;
const ZERO = 1e-6;

interface SerfCoordinate {
  vector: Float64Array;
  height: number;
  error: number;
  adjustment: number;
  window: number[];
  observed: number;
}

/**
 * Every origin observes each of its samples `rounds` times, in an order drawn anew each round, and moves by each alone. Answers the
 * estimate of a link in microseconds.
 */
export function serfCoordinates(
  nodeCount: number,
  samples: readonly RttSample[],
  options: { rounds: number; seed: number },
): (origin: number, destination: number) => number {
  const random = createRandom(options.seed);
  const nodes = Array.from({ length: nodeCount }, newCoordinate);
  const centre = newCoordinate();
  const order = [...samples];
  for (let round = 0; round < options.rounds; round++) {
    shuffle(order, random);
    for (const { origin, destination, rttMicroseconds } of order) {
      const [own, other] = [nodes[origin], nodes[destination]] as [SerfCoordinate, SerfCoordinate];
      const rtt = Math.max(rttMicroseconds / 1e6, ZERO);
      updateVivaldi(own, other, rtt, random);
      updateAdjustment(own, other, rtt);
      applyForce(own, centre, -((distance(own, centre) / GRAVITY_RHO) ** 2), random);
    }
  }
  return (origin, destination) => distance(nodes[origin] as SerfCoordinate, nodes[destination] as SerfCoordinate) * 1e6;
}

function newCoordinate(): SerfCoordinate {
  const vector = new Float64Array(DIMENSIONS);
  return { vector, height: HEIGHT_MIN, error: ERROR_MAX, adjustment: 0, window: [], observed: 0 };
}

function updateVivaldi(own: SerfCoordinate, other: SerfCoordinate, rtt: number, random: () => number): void {
  const dist = distance(own, other);
  const wrongness = Math.abs(dist - rtt) / rtt;
  const weight = own.error / Math.max(own.error + other.error, ZERO);
  own.error = Math.min(CE * weight * wrongness + own.error * (1 - CE * weight), ERROR_MAX);
  applyForce(own, other, CC * weight * (rtt - dist), random);
}

function updateAdjustment(own: SerfCoordinate, other: SerfCoordinate, rtt: number): void {
  own.window[own.observed % ADJUSTMENT_WINDOW] = rtt - rawDistance(own, other);
  own.observed++;
  let sum = 0;
  for (const value of own.window) sum += value;
  own.adjustment = sum / (2 * ADJUSTMENT_WINDOW);
}

function applyForce(own: SerfCoordinate, other: SerfCoordinate, force: number, random: () => number): void {
  const unit = own.vector.map((value, axis) => value - (other.vector[axis] as number));
  const apart = lengthOf(unit);
  if (apart > ZERO) own.height = Math.max(((own.height + other.height) * force) / apart + own.height, HEIGHT_MIN);
  else unit.set(unit.map(() => random() - 0.5));
  const length = lengthOf(unit);
  for (let axis = 0; axis < DIMENSIONS; axis++) {
    own.vector[axis] = (own.vector[axis] as number) + ((unit[axis] as number) / length) * force;
  }
}

function distance(a: SerfCoordinate, b: SerfCoordinate): number {
  const raw = rawDistance(a, b);
  const adjusted = raw + a.adjustment + b.adjustment;
  return adjusted > 0 ? adjusted : raw;
}

function rawDistance(a: SerfCoordinate, b: SerfCoordinate): number {
  let square = 0;
  for (let axis = 0; axis < DIMENSIONS; axis++) {
    const apart = (a.vector[axis] as number) - (b.vector[axis] as number);
    square += apart * apart;
  }
  return Math.sqrt(square) + a.height + b.height;
}

function lengthOf(vector: Float64Array): number {
  let square = 0;
  for (let axis = 0; axis < DIMENSIONS; axis++) square += (vector[axis] as number) * (vector[axis] as number);
  return Math.sqrt(square);
}

function shuffle<Item>(items: Item[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other] as Item, items[last] as Item];
  }
}

import { MICROSECONDS_LIMIT } from '#core/api/fields.ts';
import type { Coordinate } from '#core/api/network-topology-slice.ts';
import { DIMENSIONS, SOLVER } from '#core/coordinates/config.ts';
import { DESTINATION_HEIGHT, Embedding, ORIGIN_HEIGHT, STRIDE } from '#core/coordinates/embedding.ts';
import { linksOfNodes, type NodeLinks, placeable, type RttSamples } from '#core/coordinates/node-links.ts';
import type { Pieces } from '#core/pieces.ts';
import { createRandom } from '#core/random.ts';
import { quantile } from '#core/statistics.ts';

/** A coordinate for each node, by its position; undefined where too little is known of it. */
export type Coordinates = readonly (Coordinate | undefined)[];

const NODES_AT_ONCE = 50;
const SCALE_SAMPLES = 10_000;
/** Of where nodes begin. */
const SEED = 1;

/**
 * Coordinates from which the round-trip time of any pair is estimated (`estimateRtt`), so that the samples fit: all of them at
 * once, node by node in sweeps (block coordinate descent), unlike Vivaldi, which looks at a single sample at a time.
 * Goes on from `before`; where the samples change little, so do the coordinates. The same input gives the same coordinates.
 */
export function* solveCoordinates(
  nodeCount: number,
  samples: RttSamples,
  { before = [] }: { before?: Coordinates } = {},
): Pieces<Coordinates> {
  const links = yield* linksOfNodes(nodeCount, samples);
  const isPlaced = placeable(links, SOLVER.minLinks);
  yield;
  const scale = longRtt(samples);
  const embedding = new Embedding(links, isPlaced, scale);
  const nodes = [...isPlaced.keys()].filter((node) => isPlaced[node] === 1);
  yield;
  placeAsBefore(embedding, nodes, before);
  const kept = yield* keptPlaces(embedding, nodes, before);
  const added = nodes.filter((node) => kept[node] === undefined);
  const random = createRandom(SEED);
  yield* placeAdded({ embedding, links, added, kept, spread: SOLVER.firstSpread * scale, random });
  for (let sweep = 0; sweep < SOLVER.placingSweeps; sweep++) yield* settle(embedding, added, SOLVER.placingDamping);
  for (let sweep = 0; sweep < SOLVER.settlingSweeps; sweep++) yield* settle(embedding, nodes, SOLVER.settlingDamping);
  const coordinates: (Coordinate | undefined)[] = Array(nodeCount).fill(undefined);
  for (const node of nodes) {
    if (node % NODES_AT_ONCE === 0) yield;
    coordinates[node] = coordinateOf(embedding, node);
  }
  return coordinates;
}

function* settle(embedding: Embedding, nodes: readonly number[], damping: number): Pieces<void> {
  for (const [position, node] of nodes.entries()) {
    if (position % NODES_AT_ONCE === NODES_AT_ONCE - 1) yield;
    embedding.settle(node, damping);
  }
}

/** What is long in this network, in microseconds; of so many samples that it takes no time. */
function longRtt(samples: RttSamples): number {
  const step = Math.ceil(samples.length / SCALE_SAMPLES);
  const rtts: number[] = [];
  let position = 0;
  for (const { rttMicroseconds } of samples) if (position++ % step === 0) rtts.push(rttMicroseconds);
  return Math.max(1, quantile(rtts, SOLVER.scaleQuantile) ?? 1);
}

function placeAsBefore({ numbers }: Embedding, nodes: readonly number[], before: Coordinates): void {
  for (const node of nodes) {
    const coordinate = before[node];
    if (coordinate === undefined) continue;
    numbers.set(coordinate.vectorMicroseconds, node * STRIDE);
    numbers[node * STRIDE + ORIGIN_HEIGHT] = coordinate.originHeightMicroseconds;
    numbers[node * STRIDE + DESTINATION_HEIGHT] = coordinate.destinationHeightMicroseconds;
  }
}

/** The coordinates of before that are still good to go on from. */
function* keptPlaces(embedding: Embedding, nodes: readonly number[], before: Coordinates): Pieces<Coordinates> {
  const kept: (Coordinate | undefined)[] = [];
  for (const [position, node] of nodes.entries()) {
    if (position % NODES_AT_ONCE === NODES_AT_ONCE - 1) yield;
    const coordinate = before[node];
    if (coordinate && !hasStrayed(embedding, node, coordinate)) kept[node] = coordinate;
  }
  return kept;
}

/** Whether the network has changed around the node, so that it has to begin anew: step by step nodes move slowly as a group. */
function hasStrayed(embedding: Embedding, node: number, { errorPartsPerMillion }: Coordinate): boolean {
  const before = errorPartsPerMillion / 1e6;
  return embedding.errorRatio(node) > Math.max(SOLVER.strayedError, SOLVER.strayedFactor * before);
}

/** Each beside the nearest of its peers that has a place, or anywhere, and low: a node inside a zone must not begin above it. */
function* placeAdded(input: {
  embedding: Embedding;
  links: NodeLinks;
  added: readonly number[];
  kept: Coordinates;
  /** How far apart nodes begin, in microseconds. */
  spread: number;
  random: () => number;
}): Pieces<void> {
  const { embedding, links, added, kept, spread, random } = input;
  for (const [position, node] of added.entries()) {
    if (position % NODES_AT_ONCE === NODES_AT_ONCE - 1) yield;
    let [fastest, nearest, nearestRtt] = [spread, -1, Number.POSITIVE_INFINITY];
    for (let link = links.starts[node] as number; link < (links.starts[node + 1] as number); link++) {
      const [peer, rtt] = [links.peers[link] as number, Math.exp(links.logRtts[link] as number)];
      fastest = Math.min(fastest, rtt);
      if (kept[peer] === undefined || rtt >= nearestRtt) continue;
      [nearest, nearestRtt] = [peer, rtt];
    }
    const size = nearest === -1 ? spread : Math.min(spread, nearestRtt);
    for (let axis = 0; axis < DIMENSIONS; axis++) {
      const middle = kept[nearest]?.vectorMicroseconds[axis] ?? 0;
      embedding.numbers[node * STRIDE + axis] = middle + size * (random() - 0.5);
    }
    const height = Math.max(SOLVER.minHeightMicroseconds, SOLVER.firstHeightShare * fastest);
    embedding.numbers.fill(height, node * STRIDE + ORIGIN_HEIGHT, (node + 1) * STRIDE);
  }
}

function coordinateOf(embedding: Embedding, node: number): Coordinate {
  const numbers = embedding.numbers.subarray(node * STRIDE, (node + 1) * STRIDE);
  return {
    vectorMicroseconds: Array.from(numbers.subarray(0, DIMENSIONS), round),
    originHeightMicroseconds: heightOf(numbers[ORIGIN_HEIGHT] as number),
    destinationHeightMicroseconds: heightOf(numbers[DESTINATION_HEIGHT] as number),
    errorPartsPerMillion: Math.round(1e6 * embedding.errorRatio(node)),
  };
}

/** No longer than a round trip may be: samples that contradict one another can drive it beyond that. */
function heightOf(value: number): number {
  return Math.min(MICROSECONDS_LIMIT, Math.round(value));
}

/** To a whole number that is not −0. */
function round(value: number): number {
  return Math.round(value) + 0;
}

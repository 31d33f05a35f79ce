import type { LinkStore } from '#aggregator/links/link-store.ts';
import { UNREACHABLE_PARTS_PER_MILLION } from '#core/api/fields.ts';
import type { Coordinate, NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { PackedSamples } from '#core/coordinates/packed-samples.ts';
import { solveCoordinates } from '#core/coordinates/solve.ts';
import { steadyCoordinates } from '#core/coordinates/steady.ts';
import type { Pieces } from '#core/pieces.ts';

const ORIGINS_AT_ONCE = 100;

export interface CoordinateSource {
  nodes: readonly string[];
  /** Of its links those count that lead from one of the nodes to another, answer, and were measured since `sinceMs`. */
  store: LinkStore;
  sinceMs: number;
  /** A node of which too little is measured keeps what it has: nobody has had the time to report yet. */
  keepsLost: boolean;
}

/** Where each node stands in the network, by its name: as it was solved last, and as it is published. */
export class NodeCoordinates {
  #solved = new Map<string, Coordinate>();
  #known = new Map<string, Coordinate>();

  /** As it is to be published; undefined for a node of which too little is measured. */
  of(node: string): Coordinate | undefined {
    return this.#known.get(node);
  }

  /** Goes on from what an earlier process published. */
  seed(slices: readonly NetworkTopologySlice[]): void {
    const published = slices.flatMap(({ origin, coordinate }) => (coordinate ? [[origin, coordinate] as const] : []));
    this.#solved = new Map(published);
    this.#known = new Map(published);
  }

  /** Solves them anew. Answers the nodes whose coordinate is to be published now. */
  *renew({ nodes, store, sinceMs, keepsLost }: CoordinateSource): Pieces<string[]> {
    const samples = yield* samplesOf(nodes, store, sinceMs);
    const coordinatesIn = (map: ReadonlyMap<string, Coordinate>) => nodes.map((node) => map.get(node));
    const before = coordinatesIn(this.#solved);
    const found = yield* solveCoordinates(nodes.length, samples, { before });
    const solved = keepsLost ? found.map((coordinate, node) => coordinate ?? before[node]) : found;
    const known = yield* steadyCoordinates(coordinatesIn(this.#known), solved, samples);
    const changed = nodes.filter((node, position) => known[position] !== this.#known.get(node));
    this.#solved = byName(nodes, solved);
    this.#known = byName(nodes, known);
    return changed;
  }
}

function* samplesOf(nodes: readonly string[], store: LinkStore, sinceMs: number): Pieces<PackedSamples> {
  const positions = new Map(nodes.map((node, position) => [node, position]));
  const samples = new PackedSamples();
  for (const [origin, node] of nodes.entries()) {
    if (origin % ORIGINS_AT_ONCE === ORIGINS_AT_ONCE - 1) yield;
    store.forEachProbed(node, (name, { rttMicroseconds, lossPartsPerMillion, measuredAtMs }) => {
      const destination = positions.get(name);
      if (destination === undefined || destination === origin || rttMicroseconds === undefined) return;
      if (lossPartsPerMillion === UNREACHABLE_PARTS_PER_MILLION || measuredAtMs < sinceMs) return;
      samples.push(origin, destination, rttMicroseconds);
    });
  }
  return samples;
}

function byName(nodes: readonly string[], coordinates: readonly (Coordinate | undefined)[]): Map<string, Coordinate> {
  return new Map(
    nodes.flatMap((node, position) => {
      const coordinate = coordinates[position];
      return coordinate ? [[node, coordinate] as const] : [];
    }),
  );
}

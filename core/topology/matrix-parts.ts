import type { LinkMaxima, NetworkTopologySpec, ZonePair } from '#core/api/network-topology.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import type { Pieces } from '#core/pieces.ts';
import type { CostTable } from '#core/topology/cost-table.ts';
import { robustMaxima } from '#core/topology/maxima.ts';
import { type LinkReading, readLinks, type TopologyNode } from '#core/topology/measured-links.ts';
import { zonePairs } from '#core/topology/zone-pairs.ts';

export interface MatrixInput {
  nodes: readonly TopologyNode[];
  slices: readonly NetworkTopologySlice[];
  spec: NetworkTopologySpec;
  /** Costs are those of the table alone, as NetworkOverhead counts them; nothing that was measured counts then. */
  table?: CostTable | undefined;
  /** The aggregator's; computed from the slices where it has published none. */
  maxima?: LinkMaxima | undefined;
  nowMs: number;
}

/** What a link matrix is made of, as read from the slices. */
export interface MatrixParts {
  indexByName: ReadonlyMap<string, number>;
  /** By positions of origin and destination. */
  readings: ReadonlyMap<number, LinkReading>[];
  /** For each destination the origins of fresh measurements. */
  origins: number[][];
  measuredLinks: number;
  zones: ZonePair[];
  maxima: LinkMaxima;
}

const ORIGINS_PER_PIECE = 256;

/** Reads the slices, which is most of the work. */
export function* readParts({ nodes, slices, spec, maxima, nowMs }: MatrixInput): Pieces<MatrixParts> {
  const indexByName = new Map(nodes.map(({ name }, index) => [name, index]));
  yield;
  const { all, byOrigin: readings } = yield* readLinks(slices, (name) => indexByName.get(name), spec.probe, nowMs);
  yield;
  const measuredLinks = all.reduce((count, { fresh }) => count + Number(fresh), 0);
  const zones = yield* zonePairs(all, nodes);
  yield;
  const origins = yield* originsOf(readings);
  yield;
  return { indexByName, readings, origins, measuredLinks, zones, maxima: maxima ?? (yield* robustMaxima(all, zones)) };
}

function* originsOf(readings: readonly ReadonlyMap<number, LinkReading>[]): Pieces<number[][]> {
  const origins: number[][] = [];
  for (const [origin, links] of readings.entries()) {
    if (origin % ORIGINS_PER_PIECE === ORIGINS_PER_PIECE - 1) yield;
    for (const [destination, { fresh }] of links ?? []) {
      if (!fresh) continue;
      origins[destination] ??= [];
      origins[destination].push(origin);
    }
  }
  return origins;
}

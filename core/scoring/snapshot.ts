import type { AppGroup } from '#core/api/app-group.ts';
import { type Node, namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { type NetworkTopology, networkTopologySpec } from '#core/api/network-topology.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { knownGroup } from '#core/appgroup/known-group.ts';
import type { PlacedReplicas } from '#core/appgroup/placements.ts';
import { staticCostsOf } from '#core/diktyo/network-topology.ts';
import { finish, type Pieces } from '#core/pieces.ts';
import { reservedBandwidth } from '#core/scoring/reservations.ts';
import type { Snapshot } from '#core/scoring/score.ts';
import type { CostTable } from '#core/topology/cost-table.ts';
import { LinkMatrix } from '#core/topology/link-matrix.ts';
import { topologyNode } from '#core/topology/measured-links.ts';

/** The network's part of a cluster's state. */
export interface NetworkState {
  nodes: readonly Node[];
  /** The one named `default`, where there is one. */
  topology?: NetworkTopology | undefined;
  slices: readonly NetworkTopologySlice[];
  /** Costs that a NetworkTopology of scheduler-plugins has: static ones beneath our own. */
  table?: CostTable | undefined;
  /** They are all that counts, and count as NetworkOverhead does: see `isNetworkOverhead`. */
  tableAlone?: boolean;
}

/** All objects that a decision depends on. */
export interface ClusterState extends NetworkState {
  pods: readonly Pod[];
  appGroups: readonly AppGroup[];
}

/** What decisions are made from, of its parts. The placed replicas are those that reserve bandwidth. */
export function createSnapshot(parts: {
  matrix: LinkMatrix;
  placed: PlacedReplicas;
  groups: Snapshot['groups'];
}): Snapshot {
  const { matrix, placed, groups } = parts;
  return {
    matrix,
    placements: placed.placements,
    groups,
    reserving: placed,
    reservedBandwidth: (origin, destination) => reservedBandwidth({ reserving: placed, groups }, origin, destination),
  };
}

/** The link matrix of a cluster at `nowMs`. */
export function buildMatrix(state: NetworkState, nowMs: number): LinkMatrix {
  return finish(matrixInPieces(state, nowMs));
}

/** The same in pieces, with the columns made that are in use in the matrix before it. */
export function* matrixInPieces(
  { nodes, topology, slices, table, tableAlone = false }: NetworkState,
  nowMs: number,
  before?: LinkMatrix,
): Pieces<LinkMatrix> {
  const own = topology?.spec ?? networkTopologySpec.parse({});
  const spec = table ? { ...own, staticCosts: [...staticCostsOf(table), ...own.staticCosts] } : own;
  const input = { nodes: nodes.map(topologyNode), slices, spec, maxima: topology?.status?.maxima, nowMs };
  const isAlone = table !== undefined && tableAlone;
  return yield* LinkMatrix.inPieces(isAlone ? { ...input, slices: [], table } : input, before);
}

/** AppGroups by "namespace/name", each with its graph. */
export function indexGroups(appGroups: readonly AppGroup[]): Snapshot['groups'] {
  return new Map(appGroups.map((group) => [namespacedName(group.metadata), knownGroup(group)]));
}

/** The newest time of measurement in a state: "now" for a state that was written down earlier. 0 where nothing is measured. */
export function newestMeasurementMs(slices: readonly NetworkTopologySlice[]): number {
  const times = slices.flatMap(({ links }) =>
    links.flatMap(({ rttMeasuredAt, bandwidthMeasuredAt }) => [rttMeasuredAt ?? [], bandwidthMeasuredAt ?? []].flat()),
  );
  return times.reduce((newest, time) => Math.max(newest, Date.parse(time)), 0);
}

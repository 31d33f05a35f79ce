import type { AppGroup } from '#core/api/app-group.ts';
import { type Node, namespacedName, type Pod } from '#core/api/kubernetes.ts';
import {
  type LinkMaxima,
  type NetworkTopology,
  type NetworkTopologySpec,
  networkTopologySpec,
} from '#core/api/network-topology.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { knownGroup } from '#core/appgroup/known-group.ts';
import type { PlacedReplicas } from '#core/appgroup/placements.ts';
import { staticCostsOf } from '#core/diktyo/network-topology.ts';
import type { KeptCosts } from '#core/scoring/kept-costs.ts';
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
  keptCosts?: KeptCosts;
}): Snapshot {
  const { matrix, placed, groups, keptCosts } = parts;
  return {
    matrix,
    keptCosts,
    placements: placed.placements,
    groups,
    reserving: placed,
    reservedBandwidth: (origin, destination) => reservedBandwidth({ reserving: placed, groups }, origin, destination),
  };
}

/** The link matrix of a cluster at `nowMs`. */
export function buildMatrix(state: NetworkState, nowMs: number): LinkMatrix {
  const { spec, maxima, table } = networkSettings(state);
  return LinkMatrix.of({ nodes: state.nodes.map(topologyNode), slices: state.slices, spec, maxima, table, nowMs });
}

/** What is set for the network; `table` is there where it alone counts. */
export function networkSettings({ topology, table, tableAlone = false }: Omit<NetworkState, 'nodes' | 'slices'>): {
  spec: NetworkTopologySpec;
  maxima: LinkMaxima | undefined;
  table: CostTable | undefined;
} {
  const own = topology?.spec ?? networkTopologySpec.parse({});
  const spec = table ? { ...own, staticCosts: [...staticCostsOf(table), ...own.staticCosts] } : own;
  return { spec, maxima: topology?.status?.maxima, table: tableAlone ? table : undefined };
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

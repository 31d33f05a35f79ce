import { type AppGroup, type AppGroupSpec, appGroup } from '#core/api/app-group.ts';
import { type Node, node, type Pod, pod, REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { API_VERSION, APP_GROUP_LABEL, WORKLOAD_LABEL } from '#core/api/names.ts';
import { type NetworkTopology, networkTopology } from '#core/api/network-topology.ts';
import type { MeasuredLink, NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { PlacementIndex } from '#core/appgroup/placements.ts';
import type { Snapshot } from '#core/scoring/score.ts';
import { buildMatrix, type ClusterState, createSnapshot, indexGroups } from '#core/scoring/snapshot.ts';

/** The moment that tests call now. */
export const NOW = '2026-01-01T12:00:00Z';
export const NOW_MS = Date.parse(NOW);

export function secondsAgo(seconds: number): string {
  return new Date(NOW_MS - seconds * 1000).toISOString();
}

export function makeNode(name: string, options: { zone?: string; region?: string; cpu?: string } = {}): Node {
  const { zone, region, cpu = '4' } = options;
  return node.parse({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        ...(zone === undefined ? {} : { [ZONE_LABEL]: zone }),
        ...(region === undefined ? {} : { [REGION_LABEL]: region }),
      },
    },
    status: {
      allocatable: { cpu, memory: '8Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });
}

export function makePod(
  name: string,
  options: { group?: string; workload?: string; node?: string; namespace?: string } = {},
): Pod {
  const { group, workload, node: nodeName, namespace = 'default' } = options;
  return pod.parse({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: {
        ...(group === undefined ? {} : { [APP_GROUP_LABEL]: group }),
        ...(workload === undefined ? {} : { [WORKLOAD_LABEL]: workload }),
      },
    },
    spec: { ...(nodeName === undefined ? {} : { nodeName }), containers: [] },
  });
}

type Dependencies = AppGroupSpec['workloads'][number]['dependencies'];

/** `calls` names for each workload those that it calls: with their weights, or with whole dependencies. */
export function makeGroup(
  name: string,
  calls: Record<string, Record<string, number> | Dependencies>,
  spec: Partial<AppGroupSpec> = {},
): AppGroup {
  return appGroup.parse({
    apiVersion: API_VERSION,
    kind: 'AppGroup',
    metadata: { name, namespace: 'default' },
    spec: {
      workloads: Object.entries(calls).map(([workload, called]) => ({
        name: workload,
        dependencies: Array.isArray(called)
          ? called
          : Object.entries(called).map(([callee, weight]) => ({ name: callee, weight })),
      })),
      ...spec,
    },
  });
}

/** One origin's links; everything that is not told was measured just now, over 100 pings. */
export function makeSlice(
  origin: string,
  links: Record<string, Partial<Omit<MeasuredLink, 'destination'>>>,
): NetworkTopologySlice {
  return {
    apiVersion: API_VERSION,
    kind: 'NetworkTopologySlice',
    metadata: { name: origin },
    origin,
    links: Object.entries(links).map(([destination, link]) => ({
      destination,
      samples: 100,
      rttMeasuredAt: NOW,
      ...(link.bandwidthBitsPerSecond === undefined ? {} : { bandwidthMeasuredAt: NOW }),
      ...link,
    })),
  };
}

export function makeTopology(spec: Record<string, unknown> = {}, status?: NetworkTopology['status']): NetworkTopology {
  return networkTopology.parse({
    apiVersion: API_VERSION,
    kind: 'NetworkTopology',
    metadata: { name: 'default' },
    spec,
    ...(status === undefined ? {} : { status }),
  });
}

/** What decisions are made from, at `NOW_MS`; what is left out is not there. */
export function makeSnapshot(state: Partial<ClusterState>): Snapshot {
  const { nodes = [], slices = [], pods = [], appGroups = [], ...network } = state;
  return createSnapshot({
    matrix: buildMatrix({ nodes, slices, ...network }, NOW_MS),
    placed: PlacementIndex.of(pods),
    groups: indexGroups(appGroups),
  });
}

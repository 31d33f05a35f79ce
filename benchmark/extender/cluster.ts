import { appGroupOf } from '#benchmark/manifests.ts';
import { ONLINE_BOUTIQUE } from '#benchmark/presets/online-boutique.ts';
import type { AppGroup } from '#core/api/app-group.ts';
import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { API_VERSION, APP_GROUP_LABEL, DEFAULT_TOPOLOGY, WORKLOAD_LABEL } from '#core/api/names.ts';
import { createRandom } from '#core/random.ts';

/** 11 workloads with placed replicas, twice: as they are, and with every limit on every call. */
export const GROUPS = { plain: ONLINE_BOUTIQUE.name, limited: `${ONLINE_BOUTIQUE.name}-limited` };
const REPLICAS = 10;
const LIMITS = {
  maxLatencyMicroseconds: 30_000,
  minBandwidth: '1M',
  maxLossPartsPerMillion: 1000,
  maxNetworkCost: 80,
};

/**
 * A caller that asks, and a callee on a node. Of two nodes where the caller could go the first has a link whose slice is written by
 * hand: which of them scores better shows what has come of it.
 */
export const WATCHED = { group: 'watched', caller: 'caller', callee: 'callee', nodes: ['n0', 'n1'], calleeNode: 'n2' };
export const FAST_MICROSECONDS = 200;
const STEADY_MICROSECONDS = 20_000;
export const SLOW_MICROSECONDS = 40_000;

interface Manifest {
  metadata: { name: string };
}

/** What the API server of a cluster has, by kind. */
export interface ClusterObjects {
  nodes: Manifest[];
  slices: Manifest[];
  topologies: Manifest[];
  groups: Manifest[];
  pods: Manifest[];
}

/** Ten zones in two regions; each node measured so many others; replicas anywhere. */
export function makeCluster(nodeCount: number, linksPerNode: number): ClusterObjects {
  const random = createRandom(nodeCount);
  const nodes = Array.from({ length: nodeCount }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `n${index}`, labels: { [ZONE_LABEL]: `z${index % 10}`, [REGION_LABEL]: `r${index % 2}` } },
  }));
  const slices = nodes.map((_, origin) => makeSlice(origin, { nodeCount, linksPerNode, random }));
  const pods = Object.values(GROUPS).flatMap((group) =>
    ONLINE_BOUTIQUE.workloads.flatMap(({ name }) =>
      Array.from({ length: REPLICAS }, (_, replica) =>
        placed(makePod(name, String(replica), group), `n${Math.floor(random() * nodeCount)}`),
      ),
    ),
  );
  return {
    nodes,
    slices,
    topologies: [
      {
        ...{ apiVersion: API_VERSION, kind: 'NetworkTopology', metadata: { name: DEFAULT_TOPOLOGY } },
        ...{
          status: { maxima: { rttMicroseconds: 40_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 } },
        },
      },
    ],
    groups: [appGroupOf(ONLINE_BOUTIQUE, 'default'), limitedGroup(), watchedGroup()],
    pods: [...pods, placed(makePod(WATCHED.callee, '0', WATCHED.group), WATCHED.calleeNode)],
  };
}

/** What a node measured; `watchedMicroseconds` to the watched callee's node, where it is one of the watched ones. */
export function makeSlice(
  origin: number,
  options: { nodeCount: number; linksPerNode: number; random: () => number; watchedMicroseconds?: number },
): Manifest {
  const { nodeCount, linksPerNode, random, watchedMicroseconds = STEADY_MICROSECONDS } = options;
  const name = `n${origin}`;
  const now = new Date().toISOString();
  const links = Array.from({ length: linksPerNode }, (_, link) => ({
    destination: `n${(origin + 3 + link * 7) % nodeCount}`,
    rttMicroseconds: Math.round(200 + random() * 40_000),
    jitterMicroseconds: Math.round(random() * 1000),
    lossPartsPerMillion: 0,
    bandwidthBitsPerSecond: Math.round(1e8 + random() * 9e8),
    rttMeasuredAt: now,
    bandwidthMeasuredAt: now,
    samples: 70,
  }));
  const watched = {
    destination: WATCHED.calleeNode,
    rttMicroseconds: watchedMicroseconds,
    rttMeasuredAt: now,
    samples: 70,
  };
  return {
    ...{ apiVersion: API_VERSION, kind: 'NetworkTopologySlice', metadata: { name }, origin: name },
    ...{ links: WATCHED.nodes.includes(name) ? [watched] : links },
  };
}

export function makePod(workload: string, suffix: string, group: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${group}-${workload}-${suffix}`,
      namespace: 'default',
      labels: { [APP_GROUP_LABEL]: group, [WORKLOAD_LABEL]: workload },
    },
    spec: { containers: [] },
  };
}

export function podsOf(group: string) {
  return ONLINE_BOUTIQUE.workloads.map(({ name }) => makePod(name, 'new', group));
}

function placed<Pod extends ReturnType<typeof makePod>>(pod: Pod, nodeName: string): Pod {
  return { ...pod, spec: { ...pod.spec, nodeName } };
}

/** The same calls, each with every limit. */
function limitedGroup(): Manifest {
  const { metadata, spec, ...group } = appGroupOf(ONLINE_BOUTIQUE, 'default');
  const workloads = spec.workloads.map(({ dependencies, ...workload }) => ({
    ...workload,
    dependencies: dependencies.map((dependency) => ({ ...dependency, ...LIMITS })),
  }));
  return { ...group, metadata: { ...metadata, name: GROUPS.limited }, spec: { ...spec, workloads } } as Manifest;
}

function watchedGroup(): Manifest {
  const workloads: AppGroup['spec']['workloads'] = [
    { name: WATCHED.caller, dependencies: [{ name: WATCHED.callee, weight: 1 }] },
    { name: WATCHED.callee, dependencies: [] },
  ];
  return {
    ...{ apiVersion: API_VERSION, kind: 'AppGroup', metadata: { name: WATCHED.group, namespace: 'default' } },
    ...{ spec: { workloads } },
  } as Manifest;
}

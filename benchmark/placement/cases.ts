import type { CallGraph } from '#benchmark/call-graph.ts';
import { appGroupOf, podOf } from '#benchmark/manifests.ts';
import { type Node, node, type Pod, pod, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { API_VERSION } from '#core/api/names.ts';
import { networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { type KnownGroup, knownGroup } from '#core/appgroup/known-group.ts';
import { createRandom } from '#core/random.ts';
import { requestsOf } from '#core/resources/node-usage.ts';
import { buildMatrix } from '#core/scoring/snapshot.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';
import { APPS, randomGraph } from './graphs.ts';
import { drawNetwork, type Network, type NetworkKind, zoneCosts } from './networks.ts';
import type { RttMatrix } from './planetlab.ts';

export const PRESSURES = ['roomy', 'tight'] as const;
export type Pressure = (typeof PRESSURES)[number];

/** `small`: an optimum can be proven; `large`: only bounded. */
export const SIZES = ['small', 'large'] as const;
export type Size = (typeof SIZES)[number];

/** One app that is to be placed on one network. */
export interface PlacementCase {
  seed: number;
  kind: NetworkKind;
  pressure: Pressure;
  size: Size;
  app: string;
  nodes: Node[];
  matrix: LinkMatrix;
  known: KnownGroup;
  /** In the order in which they arrive. */
  pods: Pod[];
  /** As a user would write them down for NetworkOverhead, 1..100. */
  zoneCosts(origin: string, destination: string): number;
}

const NAMESPACE = 'default';
const EDGE_LABEL = 'netaware.io/benchmark-edge';
/** The nodes' room together, in multiples of what the app asks for. */
const ROOM: Record<Pressure, number> = { roomy: 3, tight: 1.4 };
const PODS_PER_NODE = '110';
const PINGS = 70;

export function makeCase(
  { seed, kind, pressure, size }: Pick<PlacementCase, 'seed' | 'kind' | 'pressure' | 'size'>,
  planetLab?: RttMatrix,
): PlacementCase {
  const random = createRandom(seed);
  const whole = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const { graph, replicas } = drawApp(size, whole, random);
  const network = drawNetwork(kind, size === 'small' ? whole(5, 12) : whole(20, 40), random, planetLab);
  const group = appGroupOf(graph, NAMESPACE);
  const pods = shuffled(podsOf(graph, replicas, network), random);
  const nodes = nodesOf(network, pods, ROOM[pressure]);
  return {
    seed,
    kind,
    pressure,
    size,
    app: `${graph.name} × ${replicas}`,
    nodes,
    matrix: buildMatrix({ nodes, slices: slicesOf(network) }, 0),
    known: knownGroup(group),
    pods,
    zoneCosts: zoneCosts(network),
  };
}

/** Half of the apps are presets. */
function drawApp(size: Size, whole: (low: number, high: number) => number, random: () => number) {
  const preset = whole(0, 2 * APPS.length - 1);
  const graph = APPS[preset] ?? randomGraph(size === 'small' ? whole(4, 10) : whole(10, 25), random);
  const most = size === 'small' ? Math.max(1, Math.floor(16 / graph.workloads.length)) : 5;
  return { graph, replicas: size === 'small' ? whole(1, most) : whole(3, most) };
}

/** The front has to be at the edge, where the network has one. */
function podsOf(graph: CallGraph, replicas: number, { sites }: Network): Pod[] {
  const hasEdge = sites.some(({ isEdge }) => isEdge);
  return graph.workloads.flatMap(({ name }) =>
    Array.from({ length: replicas }, (_, replica) => {
      const options = { namespace: NAMESPACE, podName: `${name}-${replica}`, schedulerName: 'benchmark', seed: 0 };
      const made = pod.parse(podOf(graph, name, options));
      if (!hasEdge || name !== graph.front) return made;
      return { ...made, spec: { ...made.spec, nodeSelector: { [EDGE_LABEL]: 'true' } } };
    }),
  );
}

/** The room is split by the nodes' sizes; every node has room for the largest pod. */
function nodesOf({ sites }: Network, pods: readonly Pod[], room: number): Node[] {
  const requests = pods.map(requestsOf);
  const sizes = sites.reduce((sum, { size }) => sum + size, 0);
  const shareOf = (resource: 'cpu' | 'memory', size: number) => {
    const wanted = requests.map((each) => each[resource]);
    const total = wanted.reduce((sum, each) => sum + each, 0);
    return Math.ceil(Math.max(...wanted, (room * total * size) / sizes));
  };
  return sites.map(({ name, zone, size, isEdge }) =>
    node.parse({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: { [ZONE_LABEL]: zone, 'kubernetes.io/hostname': name, ...(isEdge ? { [EDGE_LABEL]: 'true' } : {}) },
      },
      status: {
        allocatable: { cpu: `${shareOf('cpu', size)}m`, memory: String(shareOf('memory', size)), pods: PODS_PER_NODE },
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    }),
  );
}

function slicesOf({ sites, rttMicroseconds, bandwidthBitsPerSecond }: Network) {
  const measuredAt = new Date(0).toISOString();
  return sites.map(({ name: origin }, from) =>
    networkTopologySlice.parse({
      apiVersion: API_VERSION,
      kind: 'NetworkTopologySlice',
      metadata: { name: origin },
      origin,
      links: sites
        .flatMap(({ name: destination }, to) => ({
          destination,
          rttMicroseconds: rttMicroseconds[from]?.[to],
          bandwidthBitsPerSecond: bandwidthBitsPerSecond(from, to),
          lossPartsPerMillion: 0,
          rttMeasuredAt: measuredAt,
          bandwidthMeasuredAt: measuredAt,
          samples: PINGS,
        }))
        .filter(({ destination }) => destination !== origin),
    }),
  );
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

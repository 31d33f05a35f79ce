import { type Node, node, REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { API_VERSION, DEFAULT_TOPOLOGY } from '#core/api/names.ts';
import { type NetworkTopology, networkTopology } from '#core/api/network-topology.ts';
import { type NetworkTopologySlice, networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { createRandom } from '#core/random.ts';
import type { Zone, ZonedNetwork } from './zoned-network.ts';

export const LINKS_PER_NODE = 32;
/** What one node measures is off by up to this share of the RTT between its zone and the other's. */
const RTT_SPREAD = 0.1;
const PINGS_PER_LINK = 70;
/** Measurements count as fresh for ten intervals: long enough for the whole benchmark. */
const PROBE_INTERVAL_SECONDS = 3600;

export interface Cluster {
  /** As a kubelet would register them: enough for kube-scheduler, which asks no more of a node. */
  nodes: Node[];
  slices: NetworkTopologySlice[];
  topology: NetworkTopology;
}

/** Fake nodes, spread evenly over the zones, each with measured links to others drawn at random. */
export function makeCluster(nodeCount: number, network: ZonedNetwork, seed: number, nowMs: number): Cluster {
  const random = createRandom(seed);
  const measuredAt = new Date(nowMs).toISOString();
  const zoneOf = (index: number) => network.zones[index % network.zones.length] as Zone;
  const nameOf = (index: number) => `node-${String(index).padStart(4, '0')}`;
  const indexes = Array.from({ length: nodeCount }, (_, index) => index);
  const slices = indexes.map((origin) =>
    networkTopologySlice.parse({
      apiVersion: API_VERSION,
      kind: 'NetworkTopologySlice',
      metadata: { name: nameOf(origin) },
      origin: nameOf(origin),
      zone: zoneOf(origin).name,
      region: zoneOf(origin).region,
      links: drawPeers(origin, nodeCount, random).map((destination) => ({
        destination: nameOf(destination),
        rttMicroseconds: Math.round(
          network.rttMicroseconds(zoneOf(origin), zoneOf(destination)) * (1 + RTT_SPREAD * (2 * random() - 1)),
        ),
        lossPartsPerMillion: 0,
        rttMeasuredAt: measuredAt,
        samples: PINGS_PER_LINK,
      })),
    }),
  );
  const topology = networkTopology.parse({
    apiVersion: API_VERSION,
    kind: 'NetworkTopology',
    metadata: { name: DEFAULT_TOPOLOGY },
    spec: { probe: { intervalSeconds: PROBE_INTERVAL_SECONDS, peersPerNode: LINKS_PER_NODE } },
  });
  return { nodes: indexes.map((index) => fakeNode(nameOf(index), zoneOf(index))), slices, topology };
}

function fakeNode(name: string, zone: Zone): Node {
  const resources = { cpu: '4', memory: '16Gi', pods: '110' };
  const labels = { [ZONE_LABEL]: zone.name, [REGION_LABEL]: zone.region, 'kubernetes.io/hostname': name };
  return node.parse({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: [{ type: 'Ready', status: 'True', reason: 'FakeNode', message: 'fake node of a benchmark' }],
    },
  });
}

function drawPeers(origin: number, nodeCount: number, random: () => number): number[] {
  const peers = new Set<number>();
  const wanted = Math.min(LINKS_PER_NODE, nodeCount - 1);
  while (peers.size < wanted) {
    const peer = Math.floor(random() * nodeCount);
    if (peer !== origin) peers.add(peer);
  }
  return [...peers];
}

import { type Node, node, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { API_VERSION } from '#core/api/names.ts';
import { networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { createRandom } from '#core/random.ts';
import { buildMatrix } from '#core/scoring/snapshot.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

export interface StrategyCase {
  nodes: Node[];
  matrix: LinkMatrix;
  /** Of each workload. */
  replicas: number;
}

/** 3 to 5 zones of 2 to 5 nodes; 0.2 to 1 ms within a zone, 2 to 80 ms between; room for about 1.3 to 3 times the app. */
export function makeCase(seed: number): StrategyCase {
  const random = createRandom(seed);
  const between = (low: number, high: number) => low + random() * (high - low);
  const zoneCount = Math.floor(between(3, 6));
  const replicas = Math.floor(between(1, 4));
  const names = Array.from({ length: zoneCount }, (_, zone) =>
    Array.from({ length: Math.floor(between(2, 6)) }, (_unused, index) => ({
      zone: `z${zone}`,
      name: `z${zone}-${index}`,
    })),
  ).flat();
  const appMillicores = 1270 * replicas;
  const room = between(1.3, 3);
  const nodes = names.map(({ zone, name }) => {
    const cpu = `${Math.max(250, Math.round(((appMillicores * room) / names.length) * between(0.5, 1.5)))}m`;
    return node.parse({
      metadata: { name, labels: { [ZONE_LABEL]: zone } },
      status: { allocatable: { cpu, memory: '16Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True' }] },
    });
  });
  const zoneRtt = new Map<string, number>();
  const rttOf = (a: string, b: string) => {
    const key = [a, b].toSorted().join(' ');
    const known = zoneRtt.get(key) ?? (a === b ? between(200, 1000) : between(2000, 80_000));
    zoneRtt.set(key, known);
    return Math.round(known * between(0.95, 1.05));
  };
  const now = new Date(0).toISOString();
  const slices = names.map((origin) =>
    networkTopologySlice.parse({
      apiVersion: API_VERSION,
      kind: 'NetworkTopologySlice',
      metadata: { name: origin.name },
      origin: origin.name,
      links: names
        .filter(({ name }) => name !== origin.name)
        .map((destination) => ({
          destination: destination.name,
          rttMicroseconds: rttOf(origin.zone, destination.zone),
          bandwidthBitsPerSecond: origin.zone === destination.zone ? 1e9 : 2e8,
          lossPartsPerMillion: 0,
          rttMeasuredAt: now,
          bandwidthMeasuredAt: now,
          samples: 70,
        })),
    }),
  );
  return { nodes, matrix: buildMatrix({ nodes, slices }, 0), replicas };
}

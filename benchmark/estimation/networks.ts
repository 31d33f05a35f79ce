import { gaussian } from '#benchmark/gaussian.ts';
import { nearbyZones } from '#benchmark/placement/networks.ts';
import { readPlanetLabSlices } from '#benchmark/placement/planetlab.ts';
import type { RttMatrix } from '#core/coordinates/evaluation/hidden-links.ts';
import { createRandom } from '#core/random.ts';

/** A network to be estimated. */
export interface EstimatedNetwork {
  name: string;
  matrix: RttMatrix;
  /** By node; undefined where nodes have no labels. */
  zones?: string[];
}

const ACCESS_MICROSECONDS = 50;

/**
 * Zones 2 to 80 ms apart, 0.2 to 1 ms wide, of nodes whose access takes some 50 us more, not the same both ways; each link has a
 * share of its own, some 8 %. So every direction has another RTT.
 */
export function zonedNetwork(options: { nodes: number; zones: number; seed: number }): EstimatedNetwork {
  const { nodes, zones, seed } = options;
  const random = createRandom(seed);
  const spread = (sigma: number) => Math.exp(sigma * gaussian(random));
  const base = Array.from({ length: zones }, () => new Float64Array(zones));
  for (let a = 0; a < zones; a++) {
    for (let b = 0; b <= a; b++) {
      const rtt = a === b ? 200 + 800 * random() : 2000 + 78_000 * random();
      (base[a] as Float64Array)[b] = rtt * spread(0.05);
      (base[b] as Float64Array)[a] = rtt * spread(0.05);
    }
  }
  const asOrigin = Float64Array.from({ length: nodes }, () => ACCESS_MICROSECONDS * spread(0.7));
  const asDestination = asOrigin.map((access) => access * spread(0.3));
  const rttMicroseconds = new Float64Array(nodes * nodes);
  for (let from = 0; from < nodes; from++) {
    for (let to = 0; to < nodes; to++) {
      if (from === to) continue;
      const way = base[from % zones]?.[to % zones] as number;
      const rtt = way + (asOrigin[from] as number) + (asDestination[to] as number);
      rttMicroseconds[from * nodes + to] = Math.round(rtt * spread(0.08));
    }
  }
  return {
    name: `zoned: ${nodes} nodes in ${zones} zones`,
    matrix: { nodeCount: nodes, rttMicroseconds },
    zones: Array.from({ length: nodes }, (_, node) => `z${node % zones}`),
  };
}

/** All time slices in the folder. */
export function planetLabNetworks(folder: string): EstimatedNetwork[] {
  return [...readPlanetLabSlices(folder)].map(([name, { rttMs }]) => ({
    name,
    matrix: {
      nodeCount: rttMs.length,
      rttMicroseconds: Float64Array.from(rttMs.flat(), (ms) => (ms === 0 ? 0 : Math.max(1, Math.round(1000 * ms)))),
    },
  }));
}

/** As if its nodes had labels: a zone is whoever is within 15 ms of a node that is in none yet. */
export function withNearbyZones({ name, matrix }: EstimatedNetwork): EstimatedNetwork {
  const { nodeCount, rttMicroseconds } = matrix;
  const rows = Array.from({ length: nodeCount }, (_, node) =>
    Array.from(rttMicroseconds.subarray(node * nodeCount, (node + 1) * nodeCount)),
  );
  return { name: `${name}, in zones`, matrix, zones: nearbyZones(rows).map((zone) => `z${zone}`) };
}

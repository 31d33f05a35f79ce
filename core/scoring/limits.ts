import type { Requirements } from '#core/api/app-group.ts';
import type { Limits } from '#core/appgroup/graph.ts';
import type { BandwidthNeed } from '#core/scoring/bandwidth-needs.ts';
import { directionOf, type Peer } from '#core/scoring/peers.ts';
import type { LinkMatrix, LinkQuantity } from '#core/topology/link-matrix.ts';

type LimitedMetric = 'latency' | 'bandwidth' | 'loss' | 'cost';

/** One limit of the links between a pod and the replicas of a peer on one node. */
export interface LinkLimit {
  metric: LimitedMetric;
  /** Such as "to db". */
  peer: string;
  /** The peer's node. */
  other: string;
  /** Undefined where the peer's node is not known. */
  links?: LimitedLinks;
}

/** Links to or from the peer's node, by the index of the pod's. */
export interface LimitedLinks {
  /** NaN where it is not known. */
  values: Float64Array;
  sources: Uint8Array;
  /** For bandwidth the most that an unknown value can be; NaN where nothing bounds it. */
  most?: Float64Array | undefined;
  /** The most that a value may be; for bandwidth the least. */
  bound: number;
  /** The bound of those links where it is harder to keep. */
  harder?: ReadonlyMap<number, number>;
}

/** In this order they are checked, and the first that is broken is told. */
export const METRICS: readonly { metric: LimitedMetric; limit: keyof Limits; quantity: LinkQuantity }[] = [
  { metric: 'latency', limit: 'maxLatencyMicroseconds', quantity: 'rttMicroseconds' },
  { metric: 'bandwidth', limit: 'minBandwidthBitsPerSecond', quantity: 'bandwidthBitsPerSecond' },
  { metric: 'loss', limit: 'maxLossPartsPerMillion', quantity: 'lossPartsPerMillion' },
  { metric: 'cost', limit: 'maxNetworkCost', quantity: 'cost' },
];

/** The limits of a pod's links to its placed peers. `need` tells what bandwidth they must have. */
export function linkLimits(
  peers: readonly Peer[],
  matrix: LinkMatrix,
  need: (peer: Peer, other: string) => BandwidthNeed,
): LinkLimit[] {
  const limits: LinkLimit[] = [];
  // NetworkOverhead knows no other limit, and counts each replica. Limits of costs are parts per hundred, as a table's costs are.
  const metrics = matrix.byTable ? METRICS.filter(({ metric }) => metric === 'cost') : METRICS;
  const costUnit = matrix.byTable ? 1 : 100;
  for (const peer of peers) {
    const direction = directionOf(peer);
    for (const [other, replicas] of peer.nodes) {
      const index = matrix.indexOf(other);
      for (const { metric, limit, quantity } of metrics) {
        const value = peer.limits[limit];
        if (value === undefined) continue;
        const named = { metric, peer: `${direction} ${peer.workload}`, other };
        if (index === undefined) {
          limits.push(named);
          continue;
        }
        const links = {
          values: matrix.known(quantity, direction, index),
          sources: matrix.sources(direction, index),
          ...(metric === 'bandwidth' ? { most: matrix.mostBandwidth(direction, index) } : {}),
        };
        const bound = boundOf(metric, metric === 'cost' ? value / costUnit : value, () => need(peer, other));
        const times = matrix.byTable ? replicas : 1;
        for (let time = 0; time < times; time++) limits.push({ ...named, links: { ...links, ...bound } });
      }
    }
  }
  return limits;
}

function boundOf(
  metric: LimitedMetric,
  limit: number,
  need: () => BandwidthNeed,
): Pick<LimitedLinks, 'bound' | 'harder'> {
  if (metric !== 'bandwidth') return { bound: limit };
  const { least, more } = need();
  return { bound: least, harder: more };
}

/**
 * Whether a node may be considered, by the AppGroup's requirements. `All`: no limit is broken. `Majority`: no more are
 * broken than kept. `Any`: one at least is kept. Without a verdict a node always passes.
 */
export function meetsRequirements(kept: number, broken: number, requirements: Requirements): boolean {
  if (broken === 0) return true;
  if (requirements === 'All') return false;
  return requirements === 'Majority' ? kept >= broken : kept > 0;
}

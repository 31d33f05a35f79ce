import type { Requirements } from '#core/api/app-group.ts';
import { parseQuantity } from '#core/api/quantity.ts';
import type { Peer } from '#core/scoring/peers.ts';
import type { Link, LinkMatrix } from '#core/topology/link-matrix.ts';

export type LimitedMetric = 'latency' | 'bandwidth' | 'loss' | 'cost';
export type LimitVerdict = 'kept' | 'broken' | 'unknown';

export interface LimitCheck {
  peer: string;
  role: Peer['role'];
  metric: LimitedMetric;
  verdict: LimitVerdict;
}

/**
 * Checks a node against the limits of a pod's links to its placed peers: one check for each limit and each node that
 * holds replicas of the peer. What is not known of a link is `unknown`, never `broken`.
 */
export function checkLimits(node: string, peers: readonly Peer[], matrix: LinkMatrix): LimitCheck[] {
  return peers.flatMap((peer) =>
    [...peer.nodes.keys()].flatMap((other) => {
      const link = peer.role === 'dependency' ? matrix.link(node, other) : matrix.link(other, node);
      return verdicts(peer.limits, link).map(([metric, verdict]) => ({
        peer: peer.workload,
        role: peer.role,
        metric,
        verdict,
      }));
    }),
  );
}

function verdicts(limits: Peer['limits'], link: Link): [LimitedMetric, LimitVerdict][] {
  const { maxLatencyMicroseconds, maxLossPartsPerMillion, maxNetworkCost } = limits;
  const minBandwidth = limits.minBandwidth === undefined ? undefined : parseQuantity(limits.minBandwidth);
  const list: [LimitedMetric, LimitVerdict][] = [];
  const check = (
    metric: LimitedMetric,
    limit: number | undefined,
    value: number | undefined,
    keeps: (v: number) => boolean,
  ) => {
    if (limit === undefined) return;
    if (link.source === 'unreachable') list.push([metric, 'broken']);
    else if (link.source === 'local') list.push([metric, 'kept']);
    else if (value === undefined) list.push([metric, 'unknown']);
    else list.push([metric, keeps(value) ? 'kept' : 'broken']);
  };
  check('latency', maxLatencyMicroseconds, link.rttMicroseconds, (rtt) => rtt <= (maxLatencyMicroseconds ?? 0));
  check('bandwidth', minBandwidth, link.bandwidthBitsPerSecond, (bandwidth) => bandwidth >= (minBandwidth ?? 0));
  check('loss', maxLossPartsPerMillion, link.lossPartsPerMillion, (loss) => loss <= (maxLossPartsPerMillion ?? 0));
  check('cost', maxNetworkCost, link.cost, (cost) => 100 * cost <= (maxNetworkCost ?? 0));
  return list;
}

/**
 * Whether a node may be considered, by the AppGroup's requirements. `All`: no limit is broken. `Majority`: no more are
 * broken than kept. `Any`: one at least is kept. Without a known verdict a node always passes.
 */
export function meetsRequirements(checks: readonly LimitCheck[], requirements: Requirements): boolean {
  const kept = checks.filter(({ verdict }) => verdict === 'kept').length;
  const broken = checks.filter(({ verdict }) => verdict === 'broken').length;
  if (broken === 0) return true;
  if (requirements === 'All') return false;
  return requirements === 'Majority' ? kept >= broken : kept > 0;
}

/** A short reason for a rejected node. kube-scheduler groups nodes by reason: so it names metrics, not numbers or peers. */
export function rejectionReason(checks: readonly LimitCheck[]): string {
  const metrics = new Set(checks.filter(({ verdict }) => verdict === 'broken').map(({ metric }) => metric));
  return `network limit broken: ${[...metrics].toSorted().join(', ')}`;
}

import type { Requirements } from '#core/api/app-group.ts';
import { parseQuantity } from '#core/api/quantity.ts';
import type { Peer } from '#core/scoring/peers.ts';
import type { LinkKnowledge, LinkMatrix } from '#core/topology/link-matrix.ts';

export type LimitedMetric = 'latency' | 'bandwidth' | 'loss' | 'cost';
export type LimitVerdict = 'kept' | 'broken' | 'unknown';

/** How a node stands to the limits of a pod's links: one verdict for each limit and each node that holds replicas of the peer. */
export interface LimitVerdicts {
  kept: number;
  broken: number;
  /** One of the broken limits, in words; always the same one where the same limits are broken. */
  firstBroken?: string | undefined;
}

/**
 * Makes the function that checks a node against the limits of a pod's links to its placed peers. What is not known of a
 * link is neither kept nor broken.
 */
export function limitChecker(peers: readonly Peer[], matrix: LinkMatrix): (node: string) => LimitVerdicts {
  const columns = peers.flatMap(({ workload, role, nodes, limits }) => {
    const limitsOfPeer = limitsOf(limits);
    return [...nodes.keys()].flatMap((other) => {
      const index = matrix.indexOf(other);
      if (index === undefined) return [];
      const links = matrix.knowledge(role === 'dependency' ? 'to' : 'from', index);
      return { peer: `${role === 'dependency' ? 'to' : 'from'} ${workload}`, limits: limitsOfPeer, links };
    });
  });
  return (node) => {
    const verdicts: LimitVerdicts = { kept: 0, broken: 0 };
    const index = matrix.indexOf(node);
    if (index === undefined) return verdicts;
    for (const { peer, limits, links } of columns) {
      for (const limit of limits) {
        const verdict = verdictOf(limit, links[index]);
        if (verdict === 'unknown') continue;
        verdicts[verdict]++;
        if (verdict !== 'broken') continue;
        verdicts.firstBroken ??= `${links[index]?.source === 'unreachable' ? 'reachability' : limit.metric} ${peer}`;
      }
    }
    return verdicts;
  };
}

interface Limit {
  metric: LimitedMetric;
  /** Undefined where the link's value is not known. */
  keeps(link: LinkKnowledge): boolean | undefined;
}

function limitsOf({ maxLatencyMicroseconds, minBandwidth, maxLossPartsPerMillion, maxNetworkCost }: Peer['limits']) {
  const limits: Limit[] = [];
  const add = (
    metric: LimitedMetric,
    limit: number | undefined,
    measured: (link: LinkKnowledge) => number | undefined,
    keeps: (value: number, limit: number) => boolean,
  ) => {
    if (limit === undefined) return;
    limits.push({
      metric,
      keeps: (link) => {
        const value = measured(link);
        return value === undefined ? undefined : keeps(value, limit);
      },
    });
  };
  const atMost = (value: number, limit: number) => value <= limit;
  const bandwidth = minBandwidth === undefined ? undefined : parseQuantity(minBandwidth);
  const maxCost = maxNetworkCost === undefined ? undefined : maxNetworkCost / 100;
  add('latency', maxLatencyMicroseconds, (link) => link.rttMicroseconds, atMost);
  add(
    'bandwidth',
    bandwidth,
    (link) => link.bandwidthBitsPerSecond,
    (value, limit) => value >= limit,
  );
  add('loss', maxLossPartsPerMillion, (link) => link.lossPartsPerMillion, atMost);
  add('cost', maxCost, (link) => link.cost, atMost);
  return limits;
}

function verdictOf(limit: Limit, link: LinkKnowledge | undefined): LimitVerdict {
  if (link === undefined) return 'unknown';
  if (link.source === 'unreachable') return 'broken';
  if (link.source === 'local') return 'kept';
  const keeps = limit.keeps(link);
  if (keeps === undefined) return 'unknown';
  return keeps ? 'kept' : 'broken';
}

/**
 * Whether a node may be considered, by the AppGroup's requirements. `All`: no limit is broken. `Majority`: no more are
 * broken than kept. `Any`: one at least is kept. Without a known verdict a node always passes.
 */
export function meetsRequirements({ kept, broken }: LimitVerdicts, requirements: Requirements): boolean {
  if (broken === 0) return true;
  if (requirements === 'All') return false;
  return requirements === 'Majority' ? kept >= broken : kept > 0;
}

/**
 * A short reason for a rejected node. kube-scheduler counts nodes by reason ("3 network limit broken: latency to db"): so it
 * names one limit, the first in the AppGroup's order, and no numbers or nodes.
 */
export function rejectionReason({ firstBroken }: LimitVerdicts): string {
  return `network limit broken: ${firstBroken}`;
}

import type { Pod } from '#core/api/kubernetes.ts';
import type { Pieces } from '#core/pieces.ts';
import { type Choice, choiceOf, compareCandidates } from '#core/scoring/choice.ts';
import { filterNodes } from '#core/scoring/filter.ts';
import { METRICS } from '#core/scoring/limits.ts';
import { directionOf, type Peer } from '#core/scoring/peers.ts';
import {
  type NeutralReason,
  type NodeScore,
  peersOf,
  type ScoringConfig,
  type Snapshot,
  scorePod,
} from '#core/scoring/score.ts';
import type { Link } from '#core/topology/link-matrix.ts';

/** One replica's node of one peer, and what the link to it adds to the network cost of the explained node. */
export interface ExplainedLink {
  peer: string;
  role: Peer['role'];
  peerNode: string;
  replicas: number;
  weight: number;
  /** Cost of the link, 0..1; as the table has it where scores are NetworkOverhead's. */
  linkCost: number;
  /** Its share of the node's network cost: weight · replicas/all replicas · linkCost. */
  contribution: number;
  source: Link['source'];
  confidence: number;
  /** How the link's RTT was measured; absent where it was not, or where nobody tells. */
  rttMethod?: Link['rttMethod'];
  ageSeconds?: number | undefined;
  /** What is known of the link's bandwidth; absent where nothing is. */
  bandwidthBitsPerSecond?: number | undefined;
  /** Of `interface` it is the most that it can be. */
  bandwidthSource?: Link['bandwidthSource'];
  /** What placed replicas reserve of it, the pod's own calls with it where the pod is placed; absent where nothing is reserved. */
  reservedBitsPerSecond?: number | undefined;
}

export interface ExplainedNode extends NodeScore {
  /** Why the node would be filtered out; absent where it passes. */
  rejected?: string;
  /** The dearest first. Only for the best nodes and the one that the pod is bound to; empty for all others. */
  links: ExplainedLink[];
}

/** `chosen` and `runnerUp` are absent where the network cannot tell the nodes apart, or no node passes. */
export interface Explanation extends Partial<Choice> {
  pod: string;
  boundTo?: string | undefined;
  strategy: string;
  /** Why the network cannot tell the nodes apart, where it cannot. */
  neutral?: NeutralReason;
  /** Best first. */
  nodes: ExplainedNode[];
  /** How many of the nodes are without links because there are better ones; absent where none is. */
  nodesWithoutLinks?: number;
}

/** So many of the best nodes are explained link by link. */
const EXPLAINED_NODES = 50;

/** Makes what `explainPod` reads of the matrix: most of its work, where the pod has many peers. */
export function* prepareToExplain(pod: Pod, snapshot: Snapshot, config: ScoringConfig): Pieces<void> {
  const peers = peersOf(pod, snapshot, config);
  if (typeof peers === 'string') return;
  for (const peer of peers) {
    const direction = directionOf(peer);
    for (const name of peer.nodes.keys()) {
      const index = snapshot.matrix.indexOf(name);
      if (index === undefined) continue;
      yield;
      if (snapshot.keptCosts === undefined) snapshot.matrix.vector('cost', direction, index);
      snapshot.matrix.sources(direction, index);
      for (const { limit, quantity } of METRICS) {
        if (peer.limits[limit] === undefined) continue;
        snapshot.matrix.known(quantity, direction, index);
        if (limit === 'minBandwidthBitsPerSecond') snapshot.matrix.mostBandwidth(direction, index);
      }
    }
  }
}

/** Why each node gets its score for a pod, as things stand in the snapshot. */
export function explainPod(
  pod: Pod,
  candidates: readonly string[],
  snapshot: Snapshot,
  config: ScoringConfig,
): Explanation {
  const { nodes, neutral } = scorePod(pod, candidates, snapshot, config);
  const { rejected } = filterNodes(pod, candidates, snapshot, config);
  const peers = peersOf(pod, snapshot, config);
  const best = nodes.toSorted(compareCandidates);
  const isExplained = (node: NodeScore, rank: number) => rank < EXPLAINED_NODES || node.node === pod.spec.nodeName;
  const explained = best.map((node, rank): ExplainedNode => {
    const reason = rejected[node.node];
    return {
      ...node,
      ...(reason === undefined ? {} : { rejected: reason }),
      links: typeof peers !== 'string' && isExplained(node, rank) ? explainLinks(node.node, peers, snapshot) : [],
    };
  });
  const boundTo = pod.spec.nodeName || undefined;
  const linksOf = (name: string) => explained.find(({ node }) => node === name)?.links ?? [];
  const choice = neutral === undefined ? choiceOf(explained, rejected, boundTo, linksOf) : undefined;
  const withoutLinks = typeof peers === 'string' ? 0 : best.filter((node, rank) => !isExplained(node, rank)).length;
  return {
    pod: `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`,
    ...(boundTo === undefined ? {} : { boundTo }),
    strategy: config.strategy,
    ...(neutral === undefined ? {} : { neutral }),
    ...choice,
    nodes: explained,
    ...(withoutLinks === 0 ? {} : { nodesWithoutLinks: withoutLinks }),
  };
}

/** What each link of a node to the peers adds to its network cost, the dearest first. */
export function explainLinks(
  node: string,
  peers: readonly Peer[],
  { matrix, reservedBandwidth }: Snapshot,
): ExplainedLink[] {
  return peers
    .flatMap(({ workload, role, weight, nodes, replicas }) =>
      [...nodes].map(([peerNode, count]): ExplainedLink => {
        const link = role === 'dependency' ? matrix.link(node, peerNode) : matrix.link(peerNode, node);
        const { bandwidthBitsPerSecond, bandwidthSource } = link;
        const reservedBitsPerSecond = reservedBandwidth(link.origin, link.destination);
        const linkCost = link.cost ?? matrix.unknownCost;
        return {
          peer: workload,
          role,
          peerNode,
          replicas: count,
          weight,
          linkCost,
          contribution: (weight * count * linkCost) / replicas,
          source: link.source,
          confidence: link.confidence,
          ...(link.rttMethod === undefined ? {} : { rttMethod: link.rttMethod }),
          ...(link.ageSeconds === undefined ? {} : { ageSeconds: link.ageSeconds }),
          ...(bandwidthBitsPerSecond === undefined ? {} : { bandwidthBitsPerSecond, bandwidthSource }),
          ...(reservedBitsPerSecond === 0 ? {} : { reservedBitsPerSecond }),
        };
      }),
    )
    .toSorted((a, b) => b.contribution - a.contribution);
}

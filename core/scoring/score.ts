import type { Pod } from '#core/api/kubernetes.ts';
import type { LinkSource } from '#core/api/topology-view.ts';
import type { KnownGroup } from '#core/appgroup/known-group.ts';
import { membership, type PlacedReplicas, type Placements } from '#core/appgroup/placements.ts';
import type { KeptCosts } from '#core/scoring/kept-costs.ts';
import { type NetworkCosts, networkCosts } from '#core/scoring/network-cost.ts';
import { directionOf, type Peer, placedPeers } from '#core/scoring/peers.ts';
import { MAX_SCORE, NEUTRAL_SCORE, STRATEGIES, type StrategyName } from '#core/scoring/strategies.ts';
import { type LinkMatrix, SOURCE_CODES } from '#core/topology/link-matrix.ts';
import { NOWHERE } from '#core/topology/link-rows.ts';

/** All that a decision is made from, at one moment. */
export interface Snapshot {
  matrix: LinkMatrix;
  placements: Placements;
  /** By "namespace/name". */
  groups: ReadonlyMap<string, KnownGroup>;
  /** The replicas that reserve bandwidth for their calls. */
  reserving: PlacedReplicas;
  /** Network costs that are kept from one decision to the next; reckoned anew for each where there are none. */
  keptCosts?: KeptCosts | undefined;
  /** Bits per second that they reserve on the link from one node to another; 0 within a node. */
  reservedBandwidth(origin: string, destination: string): number;
}

export interface ScoringConfig {
  strategy: StrategyName;
  /** Score by dependencies alone, as scheduler-plugins' NetworkOverhead does. */
  dependenciesOnly: boolean;
}

/** Why every node got the same, neutral score: the pod cannot be told apart by the network. */
export type NeutralReason =
  | 'noGroup'
  | 'unknownGroup'
  | 'unknownWorkload'
  | 'noPlacedPeers'
  | 'unknownNodes'
  | 'nothingKnown';

export interface NodeScore {
  node: string;
  /** Costs of links are 0..1; where scores are NetworkOverhead's, as its table has them, and summed over replicas. */
  dependencyCost: number;
  dependantCost: number;
  networkCost: number;
  /** Integer, 0..100. */
  score: number;
  /** The weakest source among the links that count; `unknown` also for a node that is not in the snapshot. */
  source: LinkSource;
}

export interface PodScores {
  nodes: NodeScore[];
  neutral?: NeutralReason;
}

/** The pod's placed peers, or why it has none. */
export function peersOf(pod: Pod, snapshot: Snapshot, config: ScoringConfig): Peer[] | NeutralReason {
  const member = membership(pod);
  if (!member) return 'noGroup';
  const known = snapshot.groups.get(member.appGroup);
  if (!known) return 'unknownGroup';
  if (!known.graph.workloads.includes(member.workload)) return 'unknownWorkload';
  const placed = snapshot.placements.get(member.appGroup) ?? new Map();
  const peers = placedPeers(member.workload, known.graph, placed).filter(
    ({ role }) => role === 'dependency' || !config.dependenciesOnly,
  );
  if (peers.length === 0) return 'noPlacedPeers';
  return snapshot.matrix.byTable ? peers.map(countedByReplica) : peers;
}

/** Whether scores are to be those of NetworkOverhead, where a user's table of costs is there. */
export function isNetworkOverhead({ strategy, dependenciesOnly }: ScoringConfig): boolean {
  return strategy === 'minmax' && dependenciesOnly;
}

/** NetworkOverhead sums over replicas, where the network cost has a mean: so the sum of the weights is that of the replicas. */
function countedByReplica(peer: Peer): Peer {
  return { ...peer, weight: peer.weight * peer.replicas };
}

/** Whole scores, 0..100, by position among the candidates. */
export interface CandidateScores {
  scores: Uint8Array;
  neutral?: NeutralReason;
}

/** Scores the candidates for a pod. Never throws, and never NaN: what cannot be told apart gets the neutral score. */
export function candidateScores(
  pod: Pod,
  candidates: readonly string[],
  snapshot: Snapshot,
  config: ScoringConfig,
): CandidateScores {
  const { scores, neutral } = judge(pod, peersOf(pod, snapshot, config), candidates, snapshot, config);
  return neutral === undefined ? { scores } : { scores, neutral };
}

/** As `candidateScores`, with what each score is made of. */
export function scorePod(
  pod: Pod,
  candidates: readonly string[],
  snapshot: Snapshot,
  config: ScoringConfig,
): PodScores {
  const { matrix } = snapshot;
  const peers = peersOf(pod, snapshot, config);
  const { scores, neutral, costs } = judge(pod, peers, candidates, snapshot, config);
  const weakest = typeof peers === 'string' ? undefined : weakestSources(peers, matrix);
  const nodes = candidates.map((node, position): NodeScore => {
    const score = scores[position] ?? NEUTRAL_SCORE;
    const index = matrix.indexOf(node);
    if (index === undefined || costs === undefined) return { ...NEUTRAL_NODE, node, score };
    const [dependency, dependant] = [costs.dependencyCost[index] ?? 0, costs.dependantCost[index] ?? 0];
    return {
      node,
      dependencyCost: dependency,
      dependantCost: dependant,
      networkCost: dependency + dependant,
      score,
      source: SOURCE_CODES[weakest?.[index] ?? UNKNOWN_CODE] ?? 'unknown',
    };
  });
  return neutral === undefined ? { nodes } : { nodes, neutral };
}

/** `costs` are there for the candidates that the matrix knows; absent where none was looked at. */
function judge(
  pod: Pod,
  peers: Peer[] | NeutralReason,
  candidates: readonly string[],
  { matrix, keptCosts }: Snapshot,
  config: ScoringConfig,
): CandidateScores & { costs?: NetworkCosts } {
  const scores = new Uint8Array(candidates.length).fill(NEUTRAL_SCORE);
  if (typeof peers === 'string') return { scores: matrix.byTable ? scores.fill(0) : scores, neutral: peers };
  const all = matrix.indexesOf(candidates);
  const indexes = all.includes(NOWHERE) ? all.filter((index) => index !== NOWHERE) : all;
  if (indexes.length === 0) return { scores, neutral: 'unknownNodes' };
  const member = keptCosts && membership(pod);
  const costs = (member && keptCosts?.of(member, peers)) ?? networkCosts(peers, matrix, indexes);
  // In a table what is not there has a cost too.
  if (!matrix.byTable && !anyKnown(peers, matrix, indexes)) return { scores, costs, neutral: 'nothingKnown' };
  const given = STRATEGIES[config.strategy]({ peers, matrix, costs, candidates: indexes });
  let known = 0;
  for (let position = 0; position < all.length; position++) {
    if (all[position] !== NOWHERE) scores[position] = wholeScore(given[known++]);
  }
  return { scores, costs };
}

/** A strategy's score as kube-scheduler takes it; rounding errors of sums may lie a trace outside of the range. */
function wholeScore(score = NEUTRAL_SCORE): number {
  return Math.max(0, Math.min(MAX_SCORE, Math.round(score)));
}

const NEUTRAL_NODE = {
  dependencyCost: 0,
  dependantCost: 0,
  networkCost: 0,
  score: NEUTRAL_SCORE,
  source: 'unknown',
} as const;

/** For every node of the matrix the weakest source among its links to the peers, as a position in SOURCE_CODES. */
function weakestSources(peers: readonly Peer[], matrix: LinkMatrix): Uint8Array {
  const weakest = new Uint8Array(matrix.nodes.length);
  for (const sources of sourceColumns(peers, matrix)) {
    for (let node = 0; node < weakest.length; node++) {
      weakest[node] = Math.max(weakest[node] ?? 0, sources?.[node] ?? UNKNOWN_CODE);
    }
  }
  return weakest;
}

/** True where something is known of a link between a peer and one of the nodes at least: nearly always of the first. */
function anyKnown(peers: readonly Peer[], matrix: LinkMatrix, indexes: Int32Array): boolean {
  return firstLinkIsKnown(peers, matrix, indexes[0] as number) || anySourceKnown(peers, matrix, indexes);
}

function firstLinkIsKnown(peers: readonly Peer[], matrix: LinkMatrix, node: number): boolean {
  return peers.some((peer) =>
    peer.nodes.keys().some((name) => {
      const index = matrix.indexOf(name);
      if (index === undefined) return false;
      return !Number.isNaN(directionOf(peer) === 'to' ? matrix.costAt(node, index) : matrix.costAt(index, node));
    }),
  );
}

function anySourceKnown(peers: readonly Peer[], matrix: LinkMatrix, indexes: Int32Array): boolean {
  for (const sources of sourceColumns(peers, matrix)) {
    if (sources !== undefined && indexes.some((index) => sources[index] !== UNKNOWN_CODE)) return true;
  }
  return false;
}

/** For every node that peers are on the sources of the links to it, or from it; undefined for one that is not known. */
function* sourceColumns(peers: readonly Peer[], matrix: LinkMatrix): Generator<Uint8Array | undefined> {
  for (const peer of peers) {
    for (const name of peer.nodes.keys()) {
      const index = matrix.indexOf(name);
      yield index === undefined ? undefined : matrix.sources(directionOf(peer), index);
    }
  }
}

const UNKNOWN_CODE = SOURCE_CODES.indexOf('unknown');

import type { AppGroup } from '#core/api/app-group.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import type { LinkSource } from '#core/api/topology-view.ts';
import type { DependencyGraph } from '#core/appgroup/graph.ts';
import { membership, type Placements } from '#core/appgroup/placements.ts';
import { limitChecker, meetsRequirements, rejectionReason } from '#core/scoring/limits.ts';
import { networkCosts } from '#core/scoring/network-cost.ts';
import { type Peer, placedPeers } from '#core/scoring/peers.ts';
import { MAX_SCORE, NEUTRAL_SCORE, STRATEGIES, type StrategyName } from '#core/scoring/strategies.ts';
import { type LinkMatrix, SOURCE_CODES } from '#core/topology/link-matrix.ts';

/** All that a decision is made from, at one moment. */
export interface Snapshot {
  matrix: LinkMatrix;
  placements: Placements;
  /** By "namespace/name". */
  groups: ReadonlyMap<string, { group: AppGroup; graph: DependencyGraph }>;
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
  return peers.length === 0 ? 'noPlacedPeers' : peers;
}

/** Scores the candidates for a pod. Never throws, and never NaN: what cannot be told apart gets the neutral score. */
export function scorePod(
  pod: Pod,
  candidates: readonly string[],
  snapshot: Snapshot,
  config: ScoringConfig,
): PodScores {
  const { matrix } = snapshot;
  const peers = peersOf(pod, snapshot, config);
  if (typeof peers === 'string') return neutralScores(candidates, peers);
  const positions = candidates.map((node) => matrix.indexOf(node));
  const indexes = positions.filter((index) => index !== undefined);
  if (indexes.length === 0) return neutralScores(candidates, 'unknownNodes');
  const costs = networkCosts(peers, matrix);
  const { dependencyCost, dependantCost } = costs;
  const { weakest, known } = linkSources(peers, matrix);
  const scores = STRATEGIES[config.strategy]({ peers, matrix, costs, candidates: indexes }).values();
  const nodes = candidates.map((node, candidate): NodeScore => {
    const index = positions[candidate];
    if (index === undefined) return { ...NEUTRAL_NODE, node };
    const [dependency, dependant] = [dependencyCost[index] ?? 0, dependantCost[index] ?? 0];
    return {
      node,
      dependencyCost: dependency,
      dependantCost: dependant,
      networkCost: dependency + dependant,
      score: wholeScore(scores.next().value),
      source: SOURCE_CODES[weakest[index] ?? UNKNOWN_CODE] ?? 'unknown',
    };
  });
  if (indexes.some((index) => known[index])) return { nodes };
  return { nodes: nodes.map((node) => ({ ...node, score: NEUTRAL_SCORE })), neutral: 'nothingKnown' };
}

/** A strategy's score as kube-scheduler takes it; rounding errors of sums may lie a trace outside of the range. */
function wholeScore(score = NEUTRAL_SCORE): number {
  return Math.max(0, Math.min(MAX_SCORE, Math.round(score)));
}

/** The candidates that keep the AppGroup's limits, and for the others the reason. */
export function filterNodes(
  pod: Pod,
  candidates: readonly string[],
  snapshot: Snapshot,
  config: ScoringConfig,
): { passed: string[]; rejected: Record<string, string> } {
  const peers = peersOf(pod, snapshot, config);
  const limited = typeof peers === 'string' ? [] : peers.filter(({ limits }) => Object.keys(limits).length > 0);
  if (limited.length === 0) return { passed: [...candidates], rejected: {} };
  const requirements = snapshot.groups.get(membership(pod)?.appGroup ?? '')?.group.spec.requirements ?? 'Majority';
  const verdictsOf = limitChecker(limited, snapshot.matrix);
  const passed: string[] = [];
  const rejected: Record<string, string> = {};
  for (const node of candidates) {
    const verdicts = verdictsOf(node);
    if (meetsRequirements(verdicts, requirements)) passed.push(node);
    else rejected[node] = rejectionReason(verdicts);
  }
  return { passed, rejected };
}

const NEUTRAL_NODE = {
  dependencyCost: 0,
  dependantCost: 0,
  networkCost: 0,
  score: NEUTRAL_SCORE,
  source: 'unknown',
} as const;

function neutralScores(candidates: readonly string[], neutral: NeutralReason): PodScores {
  return { nodes: candidates.map((node) => ({ ...NEUTRAL_NODE, node })), neutral };
}

/** For every node of the matrix: the weakest source among its links to the peers, and whether any of them is known. */
function linkSources(peers: readonly Peer[], matrix: LinkMatrix): { weakest: Uint8Array; known: Uint8Array } {
  const weakest = new Uint8Array(matrix.nodes.length);
  const known = new Uint8Array(matrix.nodes.length);
  for (const { role, nodes } of peers) {
    for (const name of nodes.keys()) {
      const index = matrix.indexOf(name);
      const sources = index === undefined ? undefined : matrix.sources(role === 'dependency' ? 'to' : 'from', index);
      for (let node = 0; node < weakest.length; node++) {
        const source = sources?.[node] ?? UNKNOWN_CODE;
        weakest[node] = Math.max(weakest[node] ?? 0, source);
        if (source !== UNKNOWN_CODE) known[node] = 1;
      }
    }
  }
  return { weakest, known };
}

const UNKNOWN_CODE = SOURCE_CODES.indexOf('unknown');

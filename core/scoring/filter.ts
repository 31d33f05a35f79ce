import type { Pod } from '#core/api/kubernetes.ts';
import { openPlaces } from '#core/appgroup/known-group.ts';
import { membership } from '#core/appgroup/placements.ts';
import { bandwidthNeeds } from '#core/scoring/bandwidth-needs.ts';
import { checkLimits } from '#core/scoring/limit-verdicts.ts';
import { linkLimits, meetsRequirements } from '#core/scoring/limits.ts';
import type { Peer } from '#core/scoring/peers.ts';
import {
  candidateScores,
  type NeutralReason,
  peersOf,
  type ScoringConfig,
  type Snapshot,
} from '#core/scoring/score.ts';
import { bestCandidate, type Shortlist, sampleSize, shortlist } from '#core/scoring/shortlist.ts';

export interface FilteredNodes {
  passed: readonly string[];
  /** Why, by node name. */
  rejected: Record<string, string>;
  /** Why nothing is known that could tell the nodes apart, where it is so. */
  neutral?: NeutralReason;
}

/** The candidates that keep the AppGroup's limits, and for the others the reason. */
export function filterNodes(
  pod: Pod,
  candidates: readonly string[],
  snapshot: Snapshot,
  config: ScoringConfig,
): FilteredNodes {
  const peers = peersOf(pod, snapshot, config);
  if (typeof peers === 'string') return { passed: candidates, rejected: {}, neutral: peers };
  const judged = judgeNodes(pod, candidates, peers, snapshot);
  if (judged === undefined) return { passed: candidates, rejected: {} };
  const passed: string[] = [];
  const rejected: Record<string, string> = {};
  for (let position = 0; position < candidates.length; position++) {
    const node = candidates[position] as string;
    if (judged.passes(position)) passed.push(node);
    else rejected[node] = judged.reason(position);
  }
  return { passed, rejected };
}

/** The first of the nodes that keeps the AppGroup's limits; undefined where none does. */
export function firstPassing(
  pod: Pod,
  nodes: readonly string[],
  snapshot: Snapshot,
  config: ScoringConfig,
): string | undefined {
  const peers = peersOf(pod, snapshot, config);
  const judged = typeof peers === 'string' ? undefined : judgeNodes(pod, nodes, peers, snapshot);
  return judged === undefined ? nodes[0] : nodes.find((_, position) => judged.passes(position));
}

/** Verdicts by position; undefined where no peer has a limit. */
function judgeNodes(pod: Pod, nodes: readonly string[], peers: readonly Peer[], snapshot: Snapshot) {
  const spec = snapshot.groups.get(membership(pod)?.appGroup ?? '')?.group.spec;
  const limited = peers.filter(({ limits }) => Object.keys(limits).length > 0);
  if (spec === undefined || limited.length === 0) return undefined;
  const limits = linkLimits(limited, snapshot.matrix, bandwidthNeeds(pod, limited, snapshot));
  const { kept, broken, reason } = checkLimits(limits, nodes, snapshot.matrix, spec.unknownLinks);
  return {
    passes: (position: number) => meetsRequirements(kept(position), broken(position), spec.requirements),
    reason,
  };
}

/** The first of the nodes that the AppGroup's plan still has for a pod of this workload; undefined where it has none of them. */
export function plannedNode(pod: Pod, nodes: readonly string[], snapshot: Snapshot, nowMs: number): string | undefined {
  const member = membership(pod);
  if (member === undefined) return undefined;
  const placed = snapshot.placements.get(member.appGroup)?.get(member.workload) ?? [];
  const asked = { workload: member.workload, createdAt: pod.metadata.creationTimestamp };
  const open = openPlaces(snapshot.groups.get(member.appGroup)?.plan, asked, placed, nowMs);
  return open.find((node) => nodes.includes(node));
}

/**
 * What filter answers of the nodes that passed. `fair`: as many as kube-scheduler would look for in a cluster of this size, the
 * best and a sample of the rest. `best`: the best one alone; any one while no peer is placed. All with `off`, and where the
 * network cannot tell them apart. Another `attempt` takes others of those that are equal.
 */
export function shortlistedNodes(
  pod: Pod,
  nodes: readonly string[],
  snapshot: Snapshot,
  config: ScoringConfig & { shortlist: Shortlist },
  attempt: number,
): readonly string[] {
  const { matrix } = snapshot;
  const size = sampleSize(Math.max(matrix.nodes.length, nodes.length));
  if (config.shortlist === 'off' || (config.shortlist === 'fair' && size >= nodes.length)) return nodes;
  const { scores, neutral } = candidateScores(pod, nodes, snapshot, config);
  const seed = `${pod.metadata.uid ?? pod.metadata.name} ${attempt}`;
  if (config.shortlist === 'best' && (neutral === undefined || neutral === 'noPlacedPeers')) {
    const best = bestCandidate({ candidates: nodes, scores, seed });
    return best === undefined ? [] : [best];
  }
  if (neutral !== undefined) return nodes;
  const unknown = matrix.placeCount;
  const indexes = matrix.indexesOf(nodes);
  const zones = new Uint32Array(nodes.length);
  for (let position = 0; position < zones.length; position++) {
    zones[position] = matrix.places[indexes[position] as number] ?? unknown;
  }
  return shortlist({ candidates: nodes, scores, zones, zoneCount: unknown + 1, size, seed });
}

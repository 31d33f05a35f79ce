import type { Pod } from '#core/api/kubernetes.ts';
import { membership } from '#core/appgroup/placements.ts';
import { limitChecker, meetsRequirements, rejectionReason } from '#core/scoring/limits.ts';
import { candidateScores, peersOf, type ScoringConfig, type Snapshot } from '#core/scoring/score.ts';
import { shortlist } from '#core/scoring/shortlist.ts';

export interface FilteredNodes {
  passed: string[];
  /** Why, by node name. */
  rejected: Record<string, string>;
}

/** The candidates that keep the AppGroup's limits, and for the others the reason. */
export function filterNodes(
  pod: Pod,
  candidates: readonly string[],
  snapshot: Snapshot,
  config: ScoringConfig,
): FilteredNodes {
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

/** The best of `nodes` for a pod, as many as kube-scheduler would score; all where the network cannot tell them apart. */
export function bestNodes(
  pod: Pod,
  nodes: readonly string[],
  snapshot: Snapshot,
  config: ScoringConfig,
): readonly string[] {
  const { scores, neutral } = candidateScores(pod, nodes, snapshot, config);
  return neutral === undefined ? shortlist(nodes, scores, pod.metadata.uid ?? pod.metadata.name) : nodes;
}

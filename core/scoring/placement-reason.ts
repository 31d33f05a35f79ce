import type { Pod } from '#core/api/kubernetes.ts';
import { type Choice, choiceOf } from '#core/scoring/choice.ts';
import { describeLink } from '#core/scoring/describe-link.ts';
import { explainLinks } from '#core/scoring/explain.ts';
import { filterNodes } from '#core/scoring/filter.ts';
import { peersOf, type ScoringConfig, type Snapshot, scorePod } from '#core/scoring/score.ts';

/** The best node is the one with the least network cost. */
const BY_COST: ScoringConfig = { strategy: 'linear', dependenciesOnly: false };

/**
 * What speaks for a bound pod's node, as things stand in a snapshot. Undefined where the network cannot have had a say: the pod has no
 * placed peers, say, or nothing is known of the links to them, or its node is not known.
 */
export function placementReason(pod: Pod, snapshot: Snapshot): Choice | undefined {
  const { matrix } = snapshot;
  const peers = peersOf(pod, snapshot, BY_COST);
  if (!pod.spec.nodeName || typeof peers === 'string') return undefined;
  const names = matrix.nodes.map(({ name }) => name);
  const { nodes, neutral } = scorePod(pod, names, snapshot, BY_COST);
  if (neutral !== undefined) return undefined;
  const { rejected } = filterNodes(pod, names, snapshot, BY_COST);
  return choiceOf(nodes, rejected, pod.spec.nodeName, (node) => explainLinks(node, peers, snapshot));
}

/** "network cost 0.031 on n7; runner-up n9: 0.045 (0.014 more); calls db on n3: 0.020 (measured, 12 s ago); …" */
export function describeReason({ chosen, runnerUp }: Choice): string {
  return [
    `network cost ${chosen.networkCost.toFixed(3)} on ${chosen.node}`,
    runnerUp === undefined ? 'no other node passes' : describeRunnerUp(chosen.networkCost, runnerUp),
    ...chosen.largestTerms.map(describeLink),
  ].join('; ');
}

function describeRunnerUp(cost: number, { node, networkCost }: NonNullable<Choice['runnerUp']>): string {
  return `runner-up ${node}: ${networkCost.toFixed(3)} (${costDifference(networkCost - cost)})`;
}

/** "0.014 more", "0.200 less" or "no more" */
export function costDifference(difference: number): string {
  const size = Math.abs(difference).toFixed(3);
  if (Number(size) === 0) return 'no more';
  return `${size} ${difference > 0 ? 'more' : 'less'}`;
}

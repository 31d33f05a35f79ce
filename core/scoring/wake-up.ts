import type { Pod } from '#core/api/kubernetes.ts';
import { filterNodes } from '#core/scoring/filter.ts';
import type { ScoringConfig, Snapshot } from '#core/scoring/score.ts';

/** A pod that waits because limits rejected it on these nodes. */
export interface RejectedPod {
  pod: Pod;
  nodes: readonly string[];
}

/**
 * The first node found on which one of the pods would pass now; undefined where all are still rejected. A node that the
 * snapshot does not know is none.
 */
export function nodeThatPasses(
  rejected: Iterable<RejectedPod>,
  snapshot: Snapshot,
  config: ScoringConfig,
): string | undefined {
  for (const { pod, nodes } of rejected) {
    const known = nodes.filter((node) => snapshot.matrix.indexOf(node) !== undefined);
    const [node] = filterNodes(pod, known, snapshot, config).passed;
    if (node !== undefined) return node;
  }
  return undefined;
}

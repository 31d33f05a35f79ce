import type { ExplainedLink } from '#core/scoring/explain.ts';
import type { NodeScore } from '#core/scoring/score.ts';

/** A node as a choice weighs it. */
type Candidate = Pick<NodeScore, 'node' | 'score' | 'networkCost'>;

/** The node of a pod, and the best of the others. Costs are network costs: 0 the best. */
export interface Choice {
  chosen: Candidate & {
    /** The links that add the most to its network cost, the dearest first: two at most. */
    largestTerms: ExplainedLink[];
  };
  /** The best of the other nodes that the AppGroup's limits let pass; absent where there is none. It may be better by now. */
  runnerUp?: Candidate;
}

const LARGEST_TERMS = 2;

/** The best first: by score, then by network cost, then by name. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return b.score - a.score || a.networkCost - b.networkCost || (a.node < b.node ? -1 : 1);
}

/**
 * The choice among scored nodes: `boundTo` where the pod has a node, else the best that passes. Undefined where none does, or
 * the node is not among them. `linksOf`: what each link adds to a node's network cost, the dearest first.
 */
export function choiceOf(
  nodes: readonly Candidate[],
  rejected: Readonly<Record<string, string>>,
  boundTo: string | undefined,
  linksOf: (node: string) => readonly ExplainedLink[],
): Choice | undefined {
  const passing = nodes.filter(({ node }) => rejected[node] === undefined);
  const chosen = boundTo === undefined ? bestOf(passing) : nodes.find(({ node }) => node === boundTo);
  if (chosen === undefined) return undefined;
  const runnerUp = bestOf(passing.filter(({ node }) => node !== chosen.node));
  return {
    chosen: { ...told(chosen), largestTerms: linksOf(chosen.node).slice(0, LARGEST_TERMS) },
    ...(runnerUp === undefined ? {} : { runnerUp: told(runnerUp) }),
  };
}

function bestOf(nodes: readonly Candidate[]): Candidate | undefined {
  return nodes.reduce<Candidate | undefined>(
    (best, node) => (best === undefined || compareCandidates(node, best) < 0 ? node : best),
    undefined,
  );
}

function told({ node, score, networkCost }: Candidate): Candidate {
  return { node, score, networkCost };
}

import {
  candidateNames,
  type ExtenderArgs,
  type ExtenderFilterResult,
  type ExtenderPreemptionResult,
  extenderArgs,
  extenderPreemptionArgs,
  type HostPriority,
  metaVictims,
} from '#core/api/extender.ts';
import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { filterNodes, plannedNode, shortlistedNodes } from '#core/scoring/filter.ts';
import { candidateScores, type Snapshot } from '#core/scoring/score.ts';
import { NEUTRAL_SCORE } from '#core/scoring/strategies.ts';
import type { PostHandler } from '#runtime/json-post.ts';
import { answerVerb, type VerbContext } from './answer-verb.ts';

/**
 * POST /scheduler/filter: takes out the nodes on which a limit of the pod's AppGroup would be broken and, of those left,
 * leaves the one that the AppGroup's plan has for the pod, or a shortlist. A node that is left out for others is not
 * infeasible, and stands in no map of failed nodes.
 */
export function filterHandler(context: VerbContext): PostHandler {
  const { view, config, metrics, logger, decisions } = context;
  let attempt = 0;

  function nodesToAnswer(pod: Pod, passed: readonly string[], snapshot: Snapshot): readonly string[] {
    // One node that did not do for the pod, for a volume say, must not be the only one that it is ever offered.
    const wasSent = view.wasSent(pod);
    const planned = wasSent ? undefined : plannedNode(pod, passed, snapshot, Date.now());
    if (planned !== undefined) {
      metrics.planned.inc();
      return [planned];
    }
    const shortlist = wasSent && config.shortlist === 'best' ? 'fair' : config.shortlist;
    return shortlistedNodes(pod, passed, snapshot, { ...config, shortlist }, ++attempt);
  }

  return answerVerb('filter', extenderArgs, metrics, (args) => {
    decisions.asked(args.Pod);
    const candidates = candidateNames(args);
    if (view.notReady() !== undefined) return { neutral: true, body: filterResult(args, candidates, {}) };
    view.withdraw(args.Pod);
    const snapshot = view.snapshot();
    const { passed, rejected, neutral } = filterNodes(args.Pod, candidates, snapshot, config);
    const rejectedNodes = Object.keys(rejected);
    const kept = nodesToAnswer(args.Pod, passed, snapshot);
    if (kept.length === 1) view.assume(args.Pod, kept[0] as string);
    metrics.rejectedNodes.inc(rejectedNodes.length);
    metrics.leftOutNodes.inc(passed.length - kept.length);
    if (passed.length === 0 && rejectedNodes.length > 0) context.rejectedEverywhere(args.Pod, rejectedNodes);
    logger.debug(
      {
        pod: namespacedName(args.Pod.metadata),
        passed: passed.length,
        kept: kept.length,
        rejected: rejectedNodes.length,
      },
      'filtered',
    );
    return {
      body: filterResult(args, kept, rejected),
      neutral: neutral !== undefined,
      sent: () => decisions.filtered(args.Pod, kept.length),
    };
  });
}

/** POST /scheduler/prioritize: a score for every candidate. */
export function prioritizeHandler(context: VerbContext): PostHandler {
  const { view, config, metrics, logger, decisions } = context;
  return answerVerb('prioritize', extenderArgs, metrics, (args) => {
    const candidates = candidateNames(args);
    if (view.notReady() !== undefined) {
      metrics.neutral.inc({ reason: 'notSynced' });
      return { neutral: true, body: candidates.map((Host): HostPriority => ({ Host, Score: NEUTRAL_SCORE })) };
    }
    const { scores, neutral } = candidateScores(args.Pod, candidates, view.snapshot(), config);
    if (neutral !== undefined) metrics.neutral.inc({ reason: neutral });
    logger.debug({ pod: namespacedName(args.Pod.metadata), candidates: candidates.length, neutral }, 'prioritized');
    return {
      body: candidates.map((Host, position): HostPriority => ({ Host, Score: scores[position] ?? NEUTRAL_SCORE })),
      neutral: neutral !== undefined,
      sent: () => decisions.scored(args.Pod),
    };
  });
}

/**
 * POST /scheduler/preempt: of the nodes on which pods would be evicted, those that filter would let pass. Without it pods
 * would be evicted from nodes that filter rejects afterwards.
 */
export function preemptHandler({ view, config, metrics, logger }: VerbContext): PostHandler {
  return answerVerb('preempt', extenderPreemptionArgs, metrics, (args) => {
    const victims = metaVictims(args);
    const nodes = [...victims.keys()];
    const ready = view.notReady() === undefined;
    const { passed } = ready ? filterNodes(args.Pod, nodes, view.snapshot(), config) : { passed: nodes };
    metrics.rejectedNodes.inc(nodes.length - passed.length);
    logger.debug(
      { pod: namespacedName(args.Pod.metadata), nodes: nodes.length, passed: passed.length },
      'looked at nodes to preempt pods on',
    );
    const kept = passed.map((node) => [node, victims.get(node)] as const);
    return { neutral: !ready, body: { NodeNameToMetaVictims: Object.fromEntries(kept) } as ExtenderPreemptionResult };
  });
}

function filterResult(
  args: ExtenderArgs,
  passed: readonly string[],
  rejected: Record<string, string>,
): ExtenderFilterResult {
  return { ...inTheFormSent(args, passed), FailedNodes: {}, FailedAndUnresolvableNodes: rejected, Error: '' };
}

/** kube-scheduler reads `NodeNames` where it sent names, and `Nodes` where it sent whole nodes. */
function inTheFormSent(
  args: ExtenderArgs,
  passed: readonly string[],
): Pick<ExtenderFilterResult, 'Nodes' | 'NodeNames'> {
  if (args.NodeNames != null) return { Nodes: null, NodeNames: passed };
  const names = new Set(passed);
  const items = args.Nodes?.items?.filter(({ metadata }) => names.has(metadata.name)) ?? [];
  return { Nodes: { ...args.Nodes, items }, NodeNames: null };
}

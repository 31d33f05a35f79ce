import type { RequestHandler } from 'express';
import {
  candidateNames,
  type ExtenderArgs,
  type ExtenderFilterResult,
  extenderArgs,
  type HostPriority,
} from '#core/api/extender.ts';
import { namespacedName } from '#core/api/kubernetes.ts';
import { filterNodes, type ScoringConfig, scorePod } from '#core/scoring/score.ts';
import { parseInput } from '#core/validation.ts';
import type { Logger } from '#runtime/logger.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ExtenderMetrics } from './metrics.ts';

interface Context {
  view: ClusterView;
  config: ScoringConfig;
  metrics: ExtenderMetrics;
  logger: Logger;
}

/** POST /scheduler/filter: takes out the nodes on which a limit of the pod's AppGroup would be broken. */
export function filterHandler({ view, config, metrics, logger }: Context): RequestHandler {
  return answer('filter', metrics, (args): ExtenderFilterResult => {
    const { passed, rejected } = filterNodes(args.Pod, candidateNames(args), view.snapshot(), config);
    const rejections = Object.keys(rejected).length;
    metrics.rejectedNodes.inc(rejections);
    logger.debug({ pod: namespacedName(args.Pod.metadata), passed: passed.length, rejected: rejections }, 'filtered');
    return { ...inTheFormSent(args, passed), FailedNodes: {}, FailedAndUnresolvableNodes: rejected, Error: '' };
  });
}

/** POST /scheduler/prioritize: a score for every candidate. */
export function prioritizeHandler({ view, config, metrics, logger }: Context): RequestHandler {
  return answer('prioritize', metrics, (args): HostPriority[] => {
    const { nodes, neutral } = scorePod(args.Pod, candidateNames(args), view.snapshot(), config);
    if (neutral !== undefined) metrics.neutral.inc({ reason: neutral });
    logger.debug({ pod: namespacedName(args.Pod.metadata), candidates: nodes.length, neutral }, 'prioritized');
    return nodes.map(({ node, score }) => ({ Host: node, Score: score }));
  });
}

function answer<Result>(
  verb: string,
  metrics: ExtenderMetrics,
  decide: (args: ExtenderArgs) => Result,
): RequestHandler {
  return (request, response) => {
    const stopTimer = metrics.durationSeconds.startTimer({ verb });
    let outcome = 'refused';
    try {
      response.json(decide(parseInput(extenderArgs, request.body, `${verb} request`)));
      outcome = 'answered';
    } finally {
      stopTimer();
      metrics.requests.inc({ verb, outcome });
    }
  };
}

/** kube-scheduler reads `NodeNames` where it sent names, and `Nodes` where it sent whole nodes. */
function inTheFormSent(args: ExtenderArgs, passed: string[]): Pick<ExtenderFilterResult, 'Nodes' | 'NodeNames'> {
  if (args.NodeNames != null) return { Nodes: null, NodeNames: passed };
  const names = new Set(passed);
  const items = args.Nodes?.items?.filter(({ metadata }) => names.has(metadata.name)) ?? [];
  return { Nodes: { ...args.Nodes, items }, NodeNames: null };
}

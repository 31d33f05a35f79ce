import type { Pod } from '#core/api/kubernetes.ts';
import { AppError } from '#core/errors.ts';
import { describeRejections, filterNodes, type Rejections } from '#core/resources/node-filters.ts';
import type { NodeUsage } from '#core/resources/node-usage.ts';
import { askFilter, askPrioritize } from '#lab/control-plane/scheduler/extender-client.ts';
import type { ExtenderConfig } from '#lab/control-plane/scheduler/profile.ts';
import { scoreNodes } from '#lab/control-plane/scheduler/score-nodes.ts';
import { selectHost } from '#lab/control-plane/scheduler/select-host.ts';
import type { Logger } from '#runtime/logger.ts';

export type Decision = { nodeName: string } | { reason: 'Unschedulable' | 'SchedulerError'; message: string };

/** Extenders score from 0 to 10, plugins from 0 to 100. */
const EXTENDER_SCORE_SCALE = 10;

/** One scheduling cycle: filters, the extenders' filters one after the other, scores, the extenders' scores together. */
export async function findNode(
  pod: Pod,
  usages: readonly NodeUsage[],
  extenders: readonly ExtenderConfig[],
  options: { random: () => number; logger: Logger },
): Promise<Decision> {
  const { feasible, rejections } = filterNodes(pod, usages);
  try {
    const candidates = await filterByExtenders(pod, feasible, rejections, extenders, options.logger);
    if (candidates.length === 0) {
      return { reason: 'Unschedulable', message: describeRejections(rejections, usages.length) };
    }
    const scores =
      candidates.length === 1
        ? new Map(candidates.map(({ node }) => [node.metadata.name, 0]))
        : await scoreCandidates(pod, candidates, extenders, options.logger);
    return { nodeName: selectHost(scores, options.random) ?? '' };
  } catch (err) {
    if (!(err instanceof AppError)) throw err;
    return { reason: 'SchedulerError', message: err.message };
  }
}

async function filterByExtenders(
  pod: Pod,
  feasible: NodeUsage[],
  rejections: Rejections,
  extenders: readonly ExtenderConfig[],
  logger: Logger,
): Promise<NodeUsage[]> {
  let candidates = feasible;
  for (const extender of extenders) {
    if (extender.filterVerb === undefined || candidates.length === 0) continue;
    try {
      const nodes = candidates.map(({ node }) => node);
      const answer = await askFilter(extender, extender.filterVerb, pod, nodes);
      const kept = new Set(answer.nodeNames);
      candidates = candidates.filter(({ node }) => kept.has(node.metadata.name));
      for (const [name, reason] of answer.rejections) rejections.set(name, [reason]);
    } catch (err) {
      if (!extender.ignorable) throw err;
      logger.warn({ err, extender: extender.urlPrefix }, 'skipped an extender whose filter failed');
    }
  }
  return candidates;
}

async function scoreCandidates(
  pod: Pod,
  candidates: readonly NodeUsage[],
  extenders: readonly ExtenderConfig[],
  logger: Logger,
): Promise<Map<string, number>> {
  const scores = scoreNodes(pod, candidates);
  const nodes = candidates.map(({ node }) => node);
  const asked = extenders.map(async (extender) => {
    if (extender.prioritizeVerb === undefined) return;
    try {
      const given = await askPrioritize(extender, extender.prioritizeVerb, pod, nodes);
      for (const [name, score] of given) {
        const total = scores.get(name);
        if (total !== undefined) scores.set(name, total + score * extender.weight * EXTENDER_SCORE_SCALE);
      }
    } catch (err) {
      logger.warn({ err, extender: extender.urlPrefix }, 'ignored an extender whose prioritize failed');
    }
  });
  await Promise.all(asked);
  return scores;
}

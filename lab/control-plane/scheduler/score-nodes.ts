import type { Pod } from '#core/api/kubernetes.ts';
import { type NodeUsage, nonZeroRequestsOf, type Requests, requestsOf } from '#core/resources/node-usage.ts';

const MAX_NODE_SCORE = 100;

/** LeastAllocated plus BalancedAllocation of each node for the pod, 0 to 200, as kube-scheduler 1.35 weighs them. */
export function scoreNodes(pod: Pod, usages: readonly NodeUsage[]): Map<string, number> {
  return new Map(
    usages.map((usage) => [
      usage.node.metadata.name,
      leastAllocatedScore(pod, usage) + balancedAllocationScore(pod, usage),
    ]),
  );
}

/** NodeResourcesFit with LeastAllocated: the mean of the free parts of cpu and memory, 0..100 (least_allocated.go). */
export function leastAllocatedScore(pod: Pod, { allocatable, nonZeroRequested }: NodeUsage): number {
  const wanted = nonZeroRequestsOf(pod);
  const scores = resourcesOf(allocatable).map((resource) => {
    const requested = nonZeroRequested[resource] + wanted[resource];
    const free = Math.max(allocatable[resource] - requested, 0);
    return Math.floor((free * MAX_NODE_SCORE) / allocatable[resource]);
  });
  return scores.length === 0 ? 0 : Math.floor(scores.reduce((sum, score) => sum + score, 0) / scores.length);
}

/**
 * NodeResourcesBalancedAllocation: 100 where cpu and memory would be in use to the same part, less where one of them is
 * much fuller (balanced_allocation.go). 0 for a pod without requests, which kube-scheduler does not score.
 */
export function balancedAllocationScore(pod: Pod, { allocatable, requested }: NodeUsage): number {
  const wanted = requestsOf(pod);
  if (wanted.cpu === 0 && wanted.memory === 0) return 0;
  const [first = 0, second = first] = resourcesOf(allocatable).map((resource) =>
    Math.min((requested[resource] + wanted[resource]) / allocatable[resource], 1),
  );
  const standardDeviation = Math.abs(first - second) / 2;
  return Math.floor((1 - standardDeviation) * MAX_NODE_SCORE);
}

function resourcesOf(allocatable: Requests): (keyof Requests)[] {
  return (['cpu', 'memory'] as const).filter((resource) => allocatable[resource] > 0);
}

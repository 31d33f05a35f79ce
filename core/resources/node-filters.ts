import { isReady, type Pod } from '#core/api/kubernetes.ts';
import { matchesNodeSelection } from '#core/resources/node-affinity.ts';
import { type NodeUsage, requestsOf } from '#core/resources/node-usage.ts';

/** Why nodes do not take the pod, by node name; a node has one reason, or several of the resources that it lacks. */
export type Rejections = Map<string, string[]>;

type Filter = (pod: Pod, usage: NodeUsage) => string[];

/** In kube-scheduler's order; the first that rejects a node is the one that is told. */
const FILTERS: readonly Filter[] = [isSchedulable, toleratesTaints, matchesNodeSelector, fitsResources];

/** The nodes that can take the pod, in the order given, and why the others cannot. */
export function filterNodes(pod: Pod, usages: readonly NodeUsage[]): { feasible: NodeUsage[]; rejections: Rejections } {
  const rejections: Rejections = new Map();
  const feasible = usages.filter((usage) => {
    const reasons = FILTERS.map((filter) => filter(pod, usage)).find((found) => found.length > 0);
    if (reasons !== undefined) rejections.set(usage.node.metadata.name, reasons);
    return reasons === undefined;
  });
  return { feasible, rejections };
}

/** "0/6 nodes are available: 2 Insufficient cpu, 4 node(s) were unschedulable." */
export function describeRejections(rejections: Rejections, nodeCount: number): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const reason of [...rejections.values()].flat()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodeCount} nodes are available: ${reasons.join(', ')}.`;
}

/** A node that is not Ready carries a taint in a real cluster; here nobody sets it, and the condition is read. */
function isSchedulable(_pod: Pod, { node }: NodeUsage): string[] {
  if (node.spec?.unschedulable === true) return ['node(s) were unschedulable'];
  return isReady(node) ? [] : ['node(s) were not ready'];
}

function toleratesTaints(pod: Pod, { node }: NodeUsage): string[] {
  const tolerations = pod.spec.tolerations ?? [];
  const hard = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
  const untolerated = hard.find((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
  return untolerated === undefined
    ? []
    : [`node(s) had untolerated taint {${untolerated.key}: ${untolerated.value ?? ''}}`];
}

type Toleration = NonNullable<Pod['spec']['tolerations']>[number];
type Taint = NonNullable<NonNullable<NodeUsage['node']['spec']>['taints']>[number];

/** An absent key or effect tolerates every one of them. */
function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
}

function matchesNodeSelector(pod: Pod, { node }: NodeUsage): string[] {
  return matchesNodeSelection(pod, node) ? [] : ["node(s) didn't match Pod's node affinity/selector"];
}

function fitsResources(pod: Pod, { allocatable, requested, pods }: NodeUsage): string[] {
  const wanted = requestsOf(pod);
  return [
    ...(pods + 1 > allocatable.pods ? ['Too many pods'] : []),
    ...(wanted.cpu > 0 && wanted.cpu > allocatable.cpu - requested.cpu ? ['Insufficient cpu'] : []),
    ...(wanted.memory > 0 && wanted.memory > allocatable.memory - requested.memory ? ['Insufficient memory'] : []),
  ];
}

import { z } from 'zod';
import { node, pod } from '#core/api/kubernetes.ts';
import { scheduledPod } from '#core/api/scheduled-pod.ts';

// The wire format of kube-scheduler's HTTP extenders (k8s.io/kube-scheduler/extender/v1): its Go structs carry no json
// tags, so the envelope is PascalCase while the pod and the nodes inside are ordinary Kubernetes objects.

/** As `z.array(z.string())`, which takes a tenth of the time that a request with 5,000 names may take. */
const nodeNames = z.custom<string[]>().check(({ value, issues }) => {
  if (!Array.isArray(value)) {
    issues.push({ code: 'invalid_type', expected: 'array', input: value, message: 'Invalid input: expected array' });
    return;
  }
  const wrong = value.findIndex((name) => typeof name !== 'string');
  if (wrong === -1) return;
  const message = 'Invalid input: expected string';
  issues.push({ code: 'invalid_type', expected: 'string', input: value[wrong], path: [wrong], message });
});

export const extenderArgs = z
  .object({
    Pod: scheduledPod,
    Nodes: z.looseObject({ items: z.array(node).nullish() }).nullish(),
    NodeNames: nodeNames.nullish(),
  })
  .refine((args) => args.NodeNames != null || args.Nodes != null, { error: 'wanted NodeNames or Nodes' });
export type ExtenderArgs = z.infer<typeof extenderArgs>;

/** Names of the candidate nodes, whichever way the scheduler sent them (`nodeCacheCapable` or not). */
export function candidateNames(args: ExtenderArgs): string[] {
  return args.NodeNames ?? args.Nodes?.items?.map(({ metadata }) => metadata.name) ?? [];
}

export interface ExtenderFilterResult {
  Nodes: ExtenderArgs['Nodes'] | null;
  NodeNames: readonly string[] | null;
  /** Preemption may help on these. */
  FailedNodes: Record<string, string>;
  /** Preemption does not help on these: netaware rejects nodes here. A candidate may stand nowhere: it was not needed. */
  FailedAndUnresolvableNodes: Record<string, string>;
  Error: string;
}

/** `Score` must be an integer: a fraction makes kube-scheduler drop the whole answer, silently. */
export interface HostPriority {
  Host: string;
  Score: number;
}

/** A list without elements is null in Go. */
const victims = <Victim extends z.ZodType>(victim: Victim) =>
  z.object({ Pods: z.array(victim).nullish(), NumPDBViolations: z.int().default(0) });

/** Nodes on which kube-scheduler would evict pods for the pod, and which: whole pods, or their uids (`nodeCacheCapable`). */
export const extenderPreemptionArgs = z
  .object({
    Pod: pod,
    NodeNameToVictims: z.record(z.string(), victims(pod)).nullish(),
    NodeNameToMetaVictims: z.record(z.string(), victims(z.object({ UID: z.string() }))).nullish(),
  })
  .refine((args) => args.NodeNameToVictims != null || args.NodeNameToMetaVictims != null, {
    error: 'wanted NodeNameToVictims or NodeNameToMetaVictims',
  });
export type ExtenderPreemptionArgs = z.infer<typeof extenderPreemptionArgs>;

export interface MetaVictims {
  Pods: { UID: string }[];
  NumPDBViolations: number;
}

/** kube-scheduler reads uids here, whichever way it sent the victims. */
export interface ExtenderPreemptionResult {
  NodeNameToMetaVictims: Record<string, MetaVictims>;
}

/** The victims by node as the answer has them. */
export function metaVictims(args: ExtenderPreemptionArgs): Map<string, MetaVictims> {
  if (args.NodeNameToMetaVictims != null) {
    return new Map(
      Object.entries(args.NodeNameToMetaVictims).map(([node, { Pods, NumPDBViolations }]) => [
        node,
        { Pods: Pods ?? [], NumPDBViolations },
      ]),
    );
  }
  return new Map(
    Object.entries(args.NodeNameToVictims ?? {}).map(([node, { Pods, NumPDBViolations }]) => [
      node,
      { Pods: (Pods ?? []).map(({ metadata }) => ({ UID: metadata.uid ?? '' })), NumPDBViolations },
    ]),
  );
}

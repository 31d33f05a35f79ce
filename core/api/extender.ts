import { z } from 'zod';
import { node, pod } from '#core/api/kubernetes.ts';

// The wire format of kube-scheduler's HTTP extenders (k8s.io/kube-scheduler/extender/v1): its Go structs carry no json
// tags, so the envelope is PascalCase while the pod and the nodes inside are ordinary Kubernetes objects.

export const extenderArgs = z
  .object({
    Pod: pod,
    Nodes: z.looseObject({ items: z.array(node).nullish() }).nullish(),
    NodeNames: z.array(z.string()).nullish(),
  })
  .refine((args) => args.NodeNames != null || args.Nodes != null, { error: 'wanted NodeNames or Nodes' });
export type ExtenderArgs = z.infer<typeof extenderArgs>;

/** Names of the candidate nodes, whichever way the scheduler sent them (`nodeCacheCapable` or not). */
export function candidateNames(args: ExtenderArgs): string[] {
  return args.NodeNames ?? args.Nodes?.items?.map(({ metadata }) => metadata.name) ?? [];
}

export interface ExtenderFilterResult {
  Nodes: ExtenderArgs['Nodes'] | null;
  NodeNames: string[] | null;
  /** Preemption may help on these. */
  FailedNodes: Record<string, string>;
  /** Preemption does not help on these: netaware rejects nodes here. */
  FailedAndUnresolvableNodes: Record<string, string>;
  Error: string;
}

/** `Score` must be an integer: a fraction makes kube-scheduler drop the whole answer, silently. */
export interface HostPriority {
  Host: string;
  Score: number;
}

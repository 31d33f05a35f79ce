import type { Pod } from '#core/api/kubernetes.ts';
import { filterNodes } from '#core/resources/node-filters.ts';
import { type NodeUsage, type Requests, requestsOf } from '#core/resources/node-usage.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

/** One pod of the group: where it is in a layout, by node index of the matrix; undefined where it has no place. */
export interface Replica {
  pod: Pod;
  workload: string;
  requests: Requests;
  /** By node index: 1 where the pod could run, as the nodes are. */
  allowed: Uint8Array;
  node: number | undefined;
  /** Placed already: it stays. */
  fixed: boolean;
}

/** The pods of a group as replicas. Those on a node that the matrix does not know have no place, and stay. */
export function replicasOf(
  pods: readonly { pod: Pod; workload: string }[],
  matrix: LinkMatrix,
  usages: readonly (NodeUsage | undefined)[],
): Replica[] {
  const known = usages.filter((usage) => usage !== undefined);
  const allowedBySpec = new Map<string, Uint8Array>();
  return pods.map(({ pod, workload }): Replica => {
    const { nodeName } = pod.spec;
    const node = nodeName ? matrix.indexOf(nodeName) : undefined;
    const requests = requestsOf(pod);
    if (nodeName) return { pod, workload, requests, allowed: new Uint8Array(0), node, fixed: true };
    const { nodeSelector, tolerations } = pod.spec;
    const spec = JSON.stringify([nodeSelector, tolerations, requests]);
    let allowed = allowedBySpec.get(spec);
    if (allowed === undefined) {
      allowed = new Uint8Array(matrix.nodes.length);
      for (const { node: feasible } of filterNodes(pod, known).feasible) {
        const index = matrix.indexOf(feasible.metadata.name);
        if (index !== undefined) allowed[index] = 1;
      }
      allowedBySpec.set(spec, allowed);
    }
    return { pod, workload, requests, allowed, node: undefined, fixed: false };
  });
}

import { isStaying, type Pod } from '#core/api/kubernetes.ts';
import type { DependencyGraph } from '#core/appgroup/graph.ts';
import { membership } from '#core/appgroup/placements.ts';
import type { Pieces } from '#core/pieces.ts';
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

/**
 * The pods of a group that a plan is of, as replicas; `usages` by node index. Those on a node that the matrix does not know have no
 * place, and stay.
 */
export function* replicasOf(
  pods: readonly Pod[],
  { workloads }: Pick<DependencyGraph, 'workloads'>,
  matrix: LinkMatrix,
  usages: readonly (NodeUsage | undefined)[],
): Pieces<Replica[]> {
  const names = new Set(workloads);
  const known = usages.filter((usage) => usage !== undefined);
  const allowedBySpec = new Map<string, Uint8Array>();
  const replicas: Replica[] = [];
  for (const pod of pods) {
    const workload = membership(pod)?.workload;
    if (workload === undefined || !names.has(workload) || !isStaying(pod)) continue;
    const { nodeName, nodeSelector, affinity, tolerations } = pod.spec;
    const requests = requestsOf(pod);
    if (nodeName) {
      const node = matrix.indexOf(nodeName);
      replicas.push({ pod, workload, requests, allowed: new Uint8Array(0), node, fixed: true });
      continue;
    }
    const spec = JSON.stringify([nodeSelector, affinity?.nodeAffinity, tolerations, requests]);
    let allowed = allowedBySpec.get(spec);
    if (allowed === undefined) {
      allowed = allowedNodes(pod, matrix, known);
      allowedBySpec.set(spec, allowed);
      yield;
    }
    replicas.push({ pod, workload, requests, allowed, node: undefined, fixed: false });
  }
  return replicas;
}

export function countByWorkload(replicas: readonly Replica[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { workload } of replicas) counts.set(workload, (counts.get(workload) ?? 0) + 1);
  return counts;
}

function allowedNodes(pod: Pod, matrix: LinkMatrix, usages: readonly NodeUsage[]): Uint8Array {
  const allowed = new Uint8Array(matrix.nodes.length);
  for (const { node } of filterNodes(pod, usages).feasible) {
    const index = matrix.indexOf(node.metadata.name);
    if (index !== undefined) allowed[index] = 1;
  }
  return allowed;
}

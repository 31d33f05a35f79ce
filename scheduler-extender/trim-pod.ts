import type { KubernetesObject } from '@kubernetes/client-node';

type PodObject = KubernetesObject & { spec?: Record<string, unknown>; status?: Record<string, unknown> };

/** Of a pod only what placements and waiting are read from: a cluster has many, and each is kept as it came and as it was read. */
export function trimPod({ metadata, spec, status }: PodObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion, deletionTimestamp, labels } = metadata ?? {};
  const { nodeName, schedulerName, schedulingGates } = spec ?? {};
  return {
    metadata: { name, namespace, uid, resourceVersion, deletionTimestamp, labels },
    spec: spec && { nodeName, schedulerName, schedulingGates, containers: [] },
    status: status && { phase: status.phase },
  } as KubernetesObject;
}

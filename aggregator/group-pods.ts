import type { KubernetesObject } from '@kubernetes/client-node';
import { type Pod, pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, WORKLOAD_LABEL } from '#core/api/names.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { type ResourceCache, watchResource } from '#runtime/kubernetes/resource-cache.ts';
import type { Logger } from '#runtime/logger.ts';

/** Watches the pods of AppGroups, whoever schedules them. */
export function watchGroupPods(options: {
  client: KubernetesClient;
  logger: Logger;
  onChange: (before?: Pod, after?: Pod) => void;
}): ResourceCache<Pod> {
  return watchResource({ ...options, path: '/api/v1/pods', labelSelector: APP_GROUP_LABEL, schema: pod, trim });
}

type PodObject = KubernetesObject & {
  spec?: { nodeName?: string; schedulerName?: string; schedulingGates?: { name: string }[] };
  status?: { phase?: string };
};

/** The watch keeps what it hands out: of thousands of pods only what is read. */
function trim({ metadata = {}, spec, status }: PodObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  const labels = Object.fromEntries(
    [APP_GROUP_LABEL, WORKLOAD_LABEL].map((label) => [label, metadata.labels?.[label] ?? '']),
  );
  return {
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels },
    spec: { nodeName: spec?.nodeName, schedulerName: spec?.schedulerName, schedulingGates: spec?.schedulingGates },
    status: { phase: status?.phase },
  } as KubernetesObject;
}

import type { KubernetesObject } from '@kubernetes/client-node';
import { DIKTYO_GROUP_LABEL, DIKTYO_SELECTOR_LABEL } from '#core/api/diktyo.ts';
import { type Pod, pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, WORKLOAD_LABEL } from '#core/api/names.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { type ResourceCache, watchResource } from '#runtime/kubernetes/resource-cache.ts';
import type { Logger } from '#runtime/logger.ts';

interface PodWatchOptions {
  client: KubernetesClient;
  logger: Logger;
  onChange: (before?: Pod, after?: Pod) => void;
}

/** Watches the pods of AppGroups, whoever schedules them. */
export function watchGroupPods(options: PodWatchOptions): ResourceCache<Pod> {
  return watchResource({ ...options, path: '/api/v1/pods', labelSelector: APP_GROUP_LABEL, schema: pod, trim });
}

/** Watches the pods that have scheduler-plugins' label of an AppGroup and not ours. */
export function watchPodsOfTheirs(options: PodWatchOptions): ResourceCache<Pod> {
  const labelSelector = `${DIKTYO_GROUP_LABEL},!${APP_GROUP_LABEL}`;
  return watchResource({ ...options, path: '/api/v1/pods', labelSelector, schema: pod, trim });
}

/** Watches all pods that hold room on a node. */
export function watchBoundPods(options: PodWatchOptions): ResourceCache<Pod> {
  return watchResource({ ...options, path: '/api/v1/pods', fieldSelector: HOLDING_ROOM, schema: pod, trim });
}

const HOLDING_ROOM = 'spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed';

const MEMBERSHIP_LABELS = [APP_GROUP_LABEL, WORKLOAD_LABEL, DIKTYO_GROUP_LABEL, DIKTYO_SELECTOR_LABEL];

type PodObject = KubernetesObject & { spec?: Pod['spec']; status?: Pod['status'] };

/** The watch keeps what it hands out: of thousands of pods only what is read. */
function trim({ metadata = {}, spec, status }: PodObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  const labels = Object.fromEntries(MEMBERSHIP_LABELS.map((label) => [label, metadata.labels?.[label] ?? '']));
  return {
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels },
    spec: {
      nodeName: spec?.nodeName,
      schedulerName: spec?.schedulerName,
      schedulingGates: spec?.schedulingGates,
      nodeSelector: spec?.nodeSelector,
      affinity: spec?.affinity?.nodeAffinity && { nodeAffinity: spec.affinity.nodeAffinity },
      tolerations: spec?.tolerations,
      containers: spec?.containers?.map(trimContainer),
      initContainers: spec?.initContainers?.map(trimContainer),
      overhead: spec?.overhead,
    },
    status: { phase: status?.phase },
  } as KubernetesObject;
}

function trimContainer({ name, restartPolicy, resources }: Pod['spec']['containers'][number]): object {
  return { name, restartPolicy, resources: { requests: resources?.requests } };
}

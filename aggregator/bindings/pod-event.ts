import { AppError } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

export interface EventPod {
  uid: string;
  namespace: string;
  name: string;
}

export interface PodEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** Writes an event about a pod, which `kubectl describe pod` shows. One for each pod and reason: it is not written again after a restart. */
export async function writePodEvent(client: KubernetesClient, pod: EventPod, event: PodEvent): Promise<void> {
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/events`;
  try {
    await client.create(path, podEvent(pod, event, new Date().toISOString()));
  } catch (err) {
    if (!(err instanceof AppError && err.code === 'CONFLICT')) throw err;
  }
}

/** Named after the pod's uid and the reason. */
export function podEvent(pod: EventPod, { type, reason, message }: PodEvent, now: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${startOf(pod.name)}.${pod.uid}.${reason.toLowerCase()}`, namespace: pod.namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: pod.namespace, name: pod.name, uid: pod.uid },
    type,
    reason,
    message,
    source: { component: 'netaware-aggregator' },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
}

/** As much as there is room for beside a uid and a reason; a part of an object's name ends with a letter or a digit. */
export function startOf(name: string): string {
  return name.slice(0, 150).replace(/[-.]+$/, '');
}

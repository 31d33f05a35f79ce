import { randomBytes } from 'node:crypto';
import type { Pod } from '#core/api/kubernetes.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

/** Binds the pod to the node. Throws AppError, CONFLICT where it is bound or being deleted. */
export async function bindPod(client: KubernetesClient, pod: Pod, nodeName: string): Promise<void> {
  const { name, uid } = pod.metadata;
  await client.create(`${podPath(pod)}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, uid },
    target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
  });
}

interface Condition {
  type: string;
  status?: string;
  reason?: string;
  message?: string;
}

/** Writes the condition PodScheduled=False; false where the pod has the very same already. Throws AppError. */
export async function writeUnscheduled(
  client: KubernetesClient,
  pod: Pod,
  { reason, message }: { reason: string; message: string },
): Promise<boolean> {
  const conditions = (pod.status?.conditions ?? []) as Condition[];
  const before = conditions.find(({ type }) => type === 'PodScheduled');
  if (before?.status === 'False' && before.reason === reason && before.message === message) return false;
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = { type: 'PodScheduled', status: 'False', lastProbeTime: null, lastTransitionTime, reason, message };
  await client.patch(`${podPath(pod)}/status`, 'application/merge-patch+json', {
    metadata: { uid: pod.metadata.uid, resourceVersion: pod.metadata.resourceVersion },
    status: { conditions: [...conditions.filter(({ type }) => type !== 'PodScheduled'), condition] },
  });
  return true;
}

export interface PodEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** An event about the pod, from its scheduler. Throws AppError. */
export async function writeEvent(client: KubernetesClient, pod: Pod, event: PodEvent): Promise<void> {
  const { name, namespace = 'default', uid, resourceVersion } = pod.metadata;
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  await client.create(`/api/v1/namespaces/${namespace}/events`, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid, resourceVersion },
    ...event,
    source: { component: pod.spec.schedulerName },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  });
}

function podPath({ metadata }: Pod): string {
  return `/api/v1/namespaces/${metadata.namespace ?? 'default'}/pods/${metadata.name}`;
}

import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import { type LabPod, podPath } from '#lab/pods/lab-pod.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

const RETRY_MS = 200;

/** Milliseconds that a pod has between SIGTERM and SIGKILL. */
export function graceMs({ metadata, spec }: LabPod): number {
  return (metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds) * 1000;
}

/** The kubelet's last word on a pod: nothing of it runs any more, so its object goes. Tries until `signal` aborts. */
export async function removePodObject(client: KubernetesClient, pod: LabPod, signal: AbortSignal): Promise<void> {
  const options = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    gracePeriodSeconds: 0,
    preconditions: { uid: pod.metadata.uid },
  };
  while (!signal.aborted) {
    try {
      await client.delete(podPath(pod), options);
      return;
    } catch (cause) {
      if (!(cause instanceof AppError)) throw cause;
      if (cause.code === 'NOT_FOUND' || cause.code === 'CONFLICT') return;
      if (cause.code !== 'UNAVAILABLE') throw cause;
    }
    await pause(RETRY_MS);
  }
}

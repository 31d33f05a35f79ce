import { isDeepStrictEqual } from 'node:util';
import { AppError } from '#core/errors.ts';
import { type LabPod, logFields, podPath } from '#lab/pods/lab-pod.ts';
import type { PodStatus } from '#lab/pods/pod-status.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';

const RETRY_MS = 200;

export interface StatusWriter {
  /** Writes the status unless it was the last one written; where several are waiting, only the newest. */
  write(pod: LabPod, status: PodStatus): void;
  stop(): void;
}

/** Writes one pod's status, one patch at a time, and tries again while the API server is away. */
export function createStatusWriter(client: KubernetesClient, logger: Logger): StatusWriter {
  let waiting: { pod: LabPod; status: PodStatus } | undefined;
  let written: PodStatus | undefined;
  let isWriting = false;
  let isStopped = false;

  async function writeAll(): Promise<void> {
    while (waiting !== undefined && !isStopped) {
      const { pod, status } = waiting;
      waiting = undefined;
      if (isDeepStrictEqual(status, written)) continue;
      const outcome = await patchStatus(client, pod, status);
      if (outcome === 'written') written = status;
      else if (outcome === 'unavailable') {
        waiting ??= { pod, status };
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  return {
    write(pod, status) {
      waiting = { pod, status };
      if (isWriting) return;
      isWriting = true;
      writeAll()
        .catch((err: unknown) => logger.error({ ...logFields(pod), err }, 'a pod status could not be written'))
        .finally(() => {
          isWriting = false;
        });
    },
    stop() {
      isStopped = true;
    },
  };
}

/** `gone` where the pod was deleted, or another has its name. */
async function patchStatus(
  client: KubernetesClient,
  pod: LabPod,
  status: PodStatus,
): Promise<'written' | 'gone' | 'unavailable'> {
  try {
    const body = { metadata: { uid: pod.metadata.uid }, status };
    await client.patch(`${podPath(pod)}/status`, 'application/merge-patch+json', body);
    return 'written';
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    if (cause.code === 'UNAVAILABLE') return 'unavailable';
    if (cause.code === 'NOT_FOUND' || cause.code === 'CONFLICT') return 'gone';
    throw cause;
  }
}

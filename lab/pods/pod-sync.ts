import { isActive } from '#core/api/kubernetes.ts';
import { secondsTimestamp } from '#lab/pods/container-process.ts';
import { type LabPod, logFields } from '#lab/pods/lab-pod.ts';
import { type PodHost, type PodProcess, startPod } from '#lab/pods/pod-process.ts';
import { graceMs, removePodObject } from '#lab/pods/pod-removal.ts';
import { podStatus } from '#lab/pods/pod-status.ts';
import { createStatusWriter, type StatusWriter } from '#lab/pods/status-writer.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';

export interface PodSync {
  /** Starts and ends pods so that those run that the API server has for this host. */
  reconcile(pods: readonly LabPod[]): void;
  running(): PodProcess[];
  /** Ends all pods after `graceMs`; their objects stay. */
  stop(graceMs: number): Promise<void>;
}

interface KnownPod {
  /** As last seen at the API server. */
  pod: LabPod;
  process: PodProcess | undefined;
  statusWriter: StatusWriter;
  isRemoving: boolean;
}

/** Keeps the host's processes and the API server's pods together. */
export function createPodSync(host: PodHost, options: { client: KubernetesClient; logger: Logger }): PodSync {
  const { client, logger } = options;
  const known = new Map<string, KnownPod>();
  const abort = new AbortController();

  function add(pod: LabPod): void {
    const entry: KnownPod = {
      pod,
      process: undefined,
      statusWriter: createStatusWriter(client, logger),
      isRemoving: false,
    };
    known.set(pod.metadata.uid, entry);
    // One that has ended, or was to end before this runner came, is not started again.
    if (!isActive(pod) || pod.metadata.deletionTimestamp != null) return;
    logger.info(logFields(pod), 'starting a pod');
    entry.process = startPod(pod, host, { logger, onChange: () => queueMicrotask(() => writeStatus(entry)) });
  }

  function writeStatus({ pod, process, statusWriter }: KnownPod): void {
    if (process === undefined) return;
    statusWriter.write(pod, podStatus(pod, process.facts(), secondsTimestamp(Date.now())));
  }

  /** Ends the processes, then the object, where it is still there. */
  async function remove(entry: KnownPod): Promise<void> {
    const { pod, process } = entry;
    const grace = graceMs(pod);
    // Called again as the grace period gets shorter.
    const terminated = process?.terminate(grace);
    if (entry.isRemoving) return;
    entry.isRemoving = true;
    logger.info({ ...logFields(pod), graceMs: grace }, 'ending a pod');
    await terminated;
    entry.statusWriter.stop();
    if (known.has(pod.metadata.uid)) await removePodObject(client, pod, abort.signal);
  }

  function removeInBackground(entry: KnownPod): void {
    remove(entry).catch((err: unknown) => logger.error({ ...logFields(entry.pod), err }, 'a pod could not be removed'));
  }

  return {
    reconcile(pods) {
      if (abort.signal.aborted) return;
      const assigned = pods.filter(({ spec }) => spec.nodeName === host.nodeName);
      const uids = new Set(assigned.map(({ metadata }) => metadata.uid));
      for (const [uid, entry] of known) {
        if (uids.has(uid)) continue;
        known.delete(uid);
        removeInBackground(entry);
      }
      for (const pod of assigned) {
        const entry = known.get(pod.metadata.uid);
        if (entry === undefined) add(pod);
        else entry.pod = pod;
        const current = known.get(pod.metadata.uid);
        if (current !== undefined && pod.metadata.deletionTimestamp != null) removeInBackground(current);
      }
    },
    running: () => [...known.values()].flatMap(({ process }) => (process === undefined ? [] : [process])),
    async stop(grace) {
      abort.abort();
      for (const { statusWriter } of known.values()) statusWriter.stop();
      await Promise.all([...known.values()].map(({ process }) => process?.terminate(grace)));
    },
  };
}

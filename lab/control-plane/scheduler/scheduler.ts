import { isActive, namespacedName, node, type Pod, pod } from '#core/api/kubernetes.ts';
import { createRandom } from '#core/random.ts';
import { usageOfNodes } from '#core/resources/node-usage.ts';
import { type Decision, findNode } from '#lab/control-plane/scheduler/find-node.ts';
import { bindPod, type PodEvent, writeEvent, writeUnscheduled } from '#lab/control-plane/scheduler/pod-writes.ts';
import type { SchedulerProfile } from '#lab/control-plane/scheduler/profile.ts';
import { pendingPods, SchedulingQueue } from '#lab/control-plane/scheduler/scheduling-queue.ts';
import { createWakeUp } from '#lab/control-plane/scheduler/wake-up.ts';
import { labKubeConfig } from '#lab/kubeconfig.ts';
import { createKubernetesClient } from '#runtime/kubernetes/client.ts';
import { watchResource } from '#runtime/kubernetes/resource-cache.ts';
import type { Logger } from '#runtime/logger.ts';

export interface Scheduler {
  /** Ends the watches; a cycle under way ends first. */
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Schedules the pods of its profiles as kube-scheduler does, one after the other. An ordinary client of the API
 * server. The same pods in the same order on the same nodes get the same places for the same `seed`.
 */
export function startScheduler(options: {
  apiServerUrl: string;
  profiles: readonly SchedulerProfile[];
  seed: number;
  logger: Logger;
}): Scheduler {
  const { profiles, logger } = options;
  const client = createKubernetesClient(labKubeConfig({ server: options.apiServerUrl }), {
    timeoutMs: REQUEST_TIMEOUT_MS,
  });
  const random = createRandom(options.seed);
  const profilesByName = new Map(profiles.map((profile) => [profile.schedulerName, profile]));
  const queue = new SchedulingQueue();
  const wakeUp = createWakeUp();
  /** Node names by uid of the pods that are bound, but not yet so in the watch. */
  const assumed = new Map<string, string>();
  let boundPods = 0;
  let stopped = false;

  const nodes = watchResource({
    client,
    path: '/api/v1/nodes',
    schema: node,
    logger,
    onChange: () => {
      queue.clusterChanged(Date.now());
      wakeUp.wake();
    },
  });
  const pods = watchResource({ client, path: '/api/v1/pods', schema: pod, logger, onChange: wakeUp.wake });

  async function run(): Promise<void> {
    while (!stopped) {
      const known = pods.list();
      noteFreedRoom(known);
      forgetConfirmed(known);
      const pending = pendingPods(known, new Set(profilesByName.keys())).filter(
        ({ metadata }) => !assumed.has(metadata.uid ?? ''),
      );
      const next = nodes.synced() && pods.synced() ? queue.next(pending, Date.now()) : { waitMs: 1_000 };
      if ('waitMs' in next) await wakeUp.sleep(next.waitMs);
      else await schedule(next.pod, known);
    }
  }

  async function schedule(candidate: Pod, known: readonly Pod[]): Promise<void> {
    const startedAt = Date.now();
    const extenders = profilesByName.get(candidate.spec.schedulerName ?? '')?.extenders ?? [];
    const usages = usageOfNodes(nodes.list(), known, assumed);
    queue.tried(candidate, startedAt);
    try {
      const decision = await findNode(candidate, usages, extenders, { random, logger });
      await carryOut(candidate, decision);
      logger.info(
        { pod: namespacedName(candidate.metadata), ...decision, durationMs: Date.now() - startedAt },
        'nodeName' in decision ? 'bound a pod' : 'found no node for a pod',
      );
    } catch (err) {
      assumed.delete(candidate.metadata.uid ?? '');
      logger.warn({ pod: namespacedName(candidate.metadata), err }, 'could not schedule a pod, will try again');
    }
  }

  async function carryOut(candidate: Pod, decision: Decision): Promise<void> {
    if ('nodeName' in decision) {
      assumed.set(candidate.metadata.uid ?? '', decision.nodeName);
      await bindPod(client, candidate, decision.nodeName);
      const message = `Successfully assigned ${namespacedName(candidate.metadata)} to ${decision.nodeName}`;
      await tell(candidate, { type: 'Normal', reason: 'Scheduled', message });
    } else if (await writeUnscheduled(client, candidate, decision)) {
      await tell(candidate, { type: 'Warning', reason: 'FailedScheduling', message: decision.message });
    }
  }

  /** The pod is where it is, whether or not its event can be written. */
  async function tell(candidate: Pod, event: PodEvent): Promise<void> {
    try {
      await writeEvent(client, candidate, event);
    } catch (err) {
      logger.warn({ pod: namespacedName(candidate.metadata), reason: event.reason, err }, 'could not write an event');
    }
  }

  function forgetConfirmed(known: readonly Pod[]): void {
    const unconfirmed = new Set(known.filter(({ spec }) => !spec.nodeName).map(({ metadata }) => metadata.uid));
    for (const uid of assumed.keys()) if (!unconfirmed.has(uid)) assumed.delete(uid);
  }

  /** Fewer pods on the nodes than before: there is room that was not there. */
  function noteFreedRoom(known: readonly Pod[]): void {
    const bound = known.filter((candidate) => candidate.spec.nodeName && isActive(candidate)).length;
    if (bound < boundPods) queue.clusterChanged(Date.now());
    boundPods = bound;
  }

  const running = run().catch((err: unknown) => logger.error({ err }, 'the scheduler stopped by an error'));
  return {
    close: async () => {
      stopped = true;
      wakeUp.wake();
      await Promise.all([nodes.stop(), pods.stop(), running]);
    },
  };
}

import type { Pod } from '#core/api/kubernetes.ts';
import { NETWORK_CHANGED_ANNOTATION } from '#core/api/names.ts';
import type { ScoringConfig, Snapshot } from '#core/scoring/score.ts';
import { nodeThatPasses } from '#core/scoring/wake-up.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { pacedTask } from '#runtime/paced-task.ts';
import { WaitingPods } from './waiting-pods.ts';

/** Wakes pods that network limits rejected when the network has become good enough for one of them. */
export interface WakeUp {
  /** The pod found no node, because limits rejected it on these. */
  rejected(pod: Pod, nodes: readonly string[]): void;
  podChanged(before: Pod | undefined, after: Pod | undefined): void;
  networkChanged(): void;
  waiting(): number;
  stop(): Promise<void>;
}

/** At most one node is patched in this time. */
const INTERVAL_MS = 1000;

/**
 * kube-scheduler tries a rejected pod again when a node changes, but knows nothing of networks: so an annotation of one node is
 * changed. That wakes every pod that an extender rejected; those that are rejected again come back as such.
 */
export function createWakeUp(options: {
  client: KubernetesClient;
  snapshot: () => Snapshot;
  config: ScoringConfig;
  logger: Logger;
  /** Called with what became of each patch. */
  counted: (outcome: 'success' | 'failure') => void;
}): WakeUp {
  const { client, snapshot, config, logger, counted } = options;
  const waiting = new WaitingPods();
  let failing = false;

  const nodeToPatch = () => (waiting.size === 0 ? undefined : nodeThatPasses(waiting.rejected(), snapshot(), config));

  const patching = pacedTask(async () => {
    const node = nodeToPatch();
    if (node === undefined) return 'done';
    const { size: pods, turn } = waiting;
    try {
      const annotations = { [NETWORK_CHANGED_ANNOTATION]: new Date().toISOString() };
      const path = `/api/v1/nodes/${encodeURIComponent(node)}`;
      await client.patch(path, 'application/merge-patch+json', { metadata: { annotations } });
      // Those that were rejected anew meanwhile may have missed it.
      waiting.forgetUntil(turn);
      failing = false;
      counted('success');
      logger.info({ node, pods }, 'the network changed: woke pods that limits had rejected');
    } catch (err) {
      counted('failure');
      if (!failing) logger.error({ node, pods, err }, 'cannot wake pods that limits had rejected; tried again');
      failing = true;
    }
    return 'done';
  }, INTERVAL_MS);

  return {
    rejected: (pod, nodes) => waiting.add(pod, nodes),
    podChanged: (before, after) => {
      const uid = (after ?? before)?.metadata.uid;
      const isWaiting = after !== undefined && !after.spec.nodeName && !after.metadata.deletionTimestamp;
      if (uid !== undefined && !isWaiting) waiting.forget(uid);
    },
    networkChanged: () => {
      if (nodeToPatch() !== undefined) patching.request();
    },
    waiting: () => waiting.size,
    stop: () => patching.stop(),
  };
}

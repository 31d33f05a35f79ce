import { writePodEvent } from '#aggregator/bindings/pod-event.ts';
import type { AggregatorMetrics } from '#aggregator/metrics.ts';
import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { BoundedMap } from '#core/bounded-map.ts';
import { describeReason, placementReason } from '#core/scoring/placement-reason.ts';
import type { Snapshot } from '#core/scoring/score.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';

/** Writes an event on each pod that our scheduler bound: what the network cost there, and what it would have cost elsewhere. */
export interface PlacementEvents {
  /** A pod as it was and is now; `listing`: it was there before. */
  podChanged(before: Pod | undefined, after: Pod | undefined, listing: boolean): void;
  stop(): void;
}

/** Twenty a second: a burst of bindings must not be followed by one of events. */
const TURN_MS = 500;
const MOST_PER_TURN = 10;
/** Pods beyond this many get none; those that have waited longest. */
const MOST_WAITING = 5000;

export function writePlacementEvents(options: {
  client: KubernetesClient;
  schedulerName: string;
  snapshot: () => Snapshot;
  metrics: AggregatorMetrics;
  logger: Logger;
}): PlacementEvents {
  const { client, schedulerName, metrics, logger } = options;
  /** By uid, in the order of their bindings. */
  const waiting = new BoundedMap<string, Pod>(MOST_WAITING);
  let failing = false;

  async function write(pod: Pod, snapshot: Snapshot): Promise<void> {
    const { uid = '', namespace = 'default', name } = pod.metadata;
    const reason = placementReason(pod, snapshot);
    const message = reason === undefined ? NO_SAY : describeReason(reason);
    try {
      await writePodEvent(client, { uid, namespace, name }, { type: 'Normal', reason: 'PlacedByNetwork', message });
      metrics.placementEvents.inc({ outcome: 'written' });
      failing = false;
    } catch (err) {
      metrics.placementEvents.inc({ outcome: 'failed' });
      if (!failing) logger.warn({ pod: namespacedName(pod.metadata), err }, 'cannot write the event of a placement');
      failing = true;
    }
  }

  const turns = setInterval(() => {
    const due = waiting.values().slice(0, MOST_PER_TURN);
    if (due.length === 0) return;
    const snapshot = options.snapshot();
    for (const pod of due) {
      waiting.delete(pod.metadata.uid ?? '');
      void write(pod, snapshot);
    }
  }, TURN_MS);

  return {
    podChanged: (before, after, listing) => {
      const uid = (after ?? before)?.metadata.uid;
      if (uid === undefined) return;
      if (after === undefined || after.metadata.deletionTimestamp) waiting.delete(uid);
      const isBound = !before?.spec.nodeName && after?.spec.nodeName;
      if (after && isBound && !listing && after.spec.schedulerName === schedulerName) waiting.set(uid, after);
    },
    stop: () => clearInterval(turns),
  };
}

const NO_SAY = 'the network had no say: no pod that it talks to is placed, or nothing is known of the links';

import { startOf } from '#aggregator/bindings/pod-event.ts';
import type { AppGroupStatus } from '#core/api/app-group.ts';
import { namespacedName, type ObjectMeta } from '#core/api/kubernetes.ts';
import { API_VERSION } from '#core/api/names.ts';
import { conditionChanges } from '#core/appgroup/condition-changes.ts';
import { BoundedMap } from '#core/bounded-map.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { pacedWarning } from '#runtime/paced-warning.ts';

/** One that comes and goes is told no more often. */
const AGAIN_MS = 600_000;
const MOST_REMEMBERED = 5000;

/** Writes events about AppGroups whose conditions have changed, which `kubectl describe` shows. */
export type ConditionEvents = (metadata: ObjectMeta, before: AppGroupStatus | undefined, after: AppGroupStatus) => void;

export function createConditionEvents(options: { client: KubernetesClient; logger: Logger }): ConditionEvents {
  const { client, logger } = options;
  const warn = pacedWarning(logger, 'cannot write an event about an AppGroup');
  /** By uid and reason: when it was told last. */
  const told = new BoundedMap<string, number>(MOST_REMEMBERED);

  return (metadata, before, after) => {
    for (const change of conditionChanges(before?.conditions, after.conditions)) {
      const key = `${metadata.uid} ${change.reason}`;
      const nowMs = performance.now();
      if (nowMs - (told.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) continue;
      told.set(key, nowMs);
      const { name, namespace = 'default', uid } = metadata;
      const now = new Date().toISOString();
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
      const event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { generateName: `${startOf(name)}.`, namespace },
        involvedObject: { apiVersion: API_VERSION, kind: 'AppGroup', namespace, name, uid },
        ...change,
        // An event's message has at most 1024 letters.
        message: change.message.slice(0, 1024),
        source: { component: 'netaware-aggregator' },
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
      };
      client.create(path, event).catch((err: unknown) => warn('', { appGroup: namespacedName(metadata), err }));
    }
  };
}

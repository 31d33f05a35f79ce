import { isDeepStrictEqual } from 'node:util';
import { type ObservedGroup, observedGroupOfTheirs } from '#aggregator/app-groups/observed-group.ts';
import { watchPodsOfTheirs } from '#aggregator/bindings/group-pods.ts';
import { DIKTYO_GROUPS_PATH } from '#core/api/diktyo.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { watchOptionalResource } from '#runtime/kubernetes/optional-resource.ts';
import type { ResourceCache } from '#runtime/kubernetes/resource-cache.ts';
import type { Logger } from '#runtime/logger.ts';

/** scheduler-plugins' AppGroups as if they were ours, and the pods with their labels and without ours. They are only read. */
export interface TheirGroups {
  list(): ObservedGroup[];
  /** Objects that were refused because they are not valid. */
  invalid(): number;
  /** Their definition is, or was, installed: the pods are told of. */
  watchesPods(): boolean;
  /** True once all was listed, once it is known that there is nothing to list, and where that could not be found out in time. */
  synced(): boolean;
  stop(): Promise<void>;
}

export interface TheirGroupEvents {
  /** Neither, after all were listed. */
  groupChanged(before: ObservedGroup | undefined, after: ObservedGroup | undefined): void;
  /** `listing`: the pods are being listed for the first time; `watchedSinceMs`: since when, by the wall clock. */
  podChanged(before: Pod | undefined, after: Pod | undefined, seen: { listing: boolean; watchedSinceMs: number }): void;
}

export interface TheirTimes {
  /** How often to look whether the definition is installed. */
  lookMs?: number;
  /** A definition of others that the API server cannot serve must not hold up our own groups for longer. */
  patienceMs?: number;
}

const PATIENCE_MS = 10_000;

export function watchTheirGroups(options: {
  client: KubernetesClient;
  logger: Logger;
  events: TheirGroupEvents;
  times: TheirTimes;
}): TheirGroups {
  const { client, logger, events } = options;
  const { patienceMs = PATIENCE_MS, ...look } = options.times;
  let pods: ResourceCache<Pod> | undefined;
  let isSynced = false;
  let isPatient = true;

  const groups = watchOptionalResource({
    ...look,
    client,
    logger,
    path: DIKTYO_GROUPS_PATH,
    schema: observedGroupOfTheirs,
    onServed: () => {
      pods ??= watchPods();
    },
    onChange: (before, after) => {
      // Their controller writes a status of its own.
      if (before && after && isDeepStrictEqual(before.known?.group.spec, after.known?.group.spec)) return;
      events.groupChanged(before, after);
    },
  });
  const patience = setTimeout(() => {
    isPatient = false;
    if (synced()) return;
    logger.warn({ path: DIKTYO_GROUPS_PATH }, "cannot read scheduler-plugins' AppGroups yet, and goes on without them");
    events.groupChanged(undefined, undefined);
  }, patienceMs);

  function watchPods(): ResourceCache<Pod> {
    const watchedSinceMs = Date.now();
    const cache = watchPodsOfTheirs({
      client,
      logger,
      onChange: (before, after) => events.podChanged(before, after, { listing: !cache.synced(), watchedSinceMs }),
    });
    return cache;
  }

  function synced(): boolean {
    isSynced ||= groups.synced() && (pods?.synced() ?? true);
    return isSynced;
  }

  return {
    list: groups.list,
    invalid: groups.invalid,
    watchesPods: () => pods !== undefined,
    synced: () => synced() || !isPatient,
    stop: async () => {
      clearTimeout(patience);
      await Promise.all([groups.stop(), pods?.stop()]);
    },
  };
}

import { observedGroup } from '#aggregator/app-groups/observed-group.ts';
import { AppGroupStatusWriter } from '#aggregator/app-groups/status.ts';
import { APP_GROUP, resourcePath } from '#core/api/custom-resources.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import { placementsOf } from '#core/appgroup/placements.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { type ResourceCache, watchResource } from '#runtime/kubernetes/resource-cache.ts';
import type { Logger } from '#runtime/logger.ts';
import { pacedTask } from '#runtime/paced-task.ts';

/** Keeps the status of every AppGroup as its spec and its pods are. */
export interface AppGroupController {
  podsChanged(): void;
  stop(): Promise<void>;
}

/** Groups written in one interval: a rollout of everything is no reason to burden the API server. */
const MOST_PER_INTERVAL = 50;

/** `pods` are those of AppGroups; nothing is written before they were listed once. */
export function keepAppGroups(options: {
  client: KubernetesClient;
  pods: Pick<ResourceCache<Pod>, 'list' | 'synced'>;
  intervalMs: number;
  logger: Logger;
}): AppGroupController {
  const { client, pods, intervalMs, logger } = options;
  const writer = new AppGroupStatusWriter(client);
  let failing = false;

  const writing = pacedTask(async () => {
    if (!groups.synced() || !pods.synced()) return 'done';
    try {
      const reachedAll = await writer.write(groups.list(), placementsOf(pods.list()), MOST_PER_INTERVAL);
      failing = false;
      return reachedAll ? 'done' : 'again';
    } catch (err) {
      if (!failing) logger.warn({ err }, 'cannot write the status of an AppGroup, will go on trying');
      failing = true;
      return 'again';
    }
  }, intervalMs);

  const groups = watchResource({
    client,
    logger,
    path: resourcePath(APP_GROUP),
    schema: observedGroup,
    onChange: () => writing.request(),
  });

  return {
    podsChanged: () => writing.request(),
    stop: async () => {
      await Promise.all([groups.stop(), writing.stop()]);
    },
  };
}

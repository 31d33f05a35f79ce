import type { GroupState } from '#aggregator/app-groups/group-state.ts';
import { AppGroupStatusWriter } from '#aggregator/app-groups/status.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { type PacedTask, pacedTask } from '#runtime/paced-task.ts';

/** Groups written in one interval: a rollout of everything is no reason to burden the API server. */
const MOST_PER_INTERVAL = 50;

/** Keeps the status of every AppGroup as its spec and its pods are. To be requested when a group or a pod changed. */
export function keepAppGroups(options: {
  client: KubernetesClient;
  state: GroupState;
  intervalMs: number;
  logger: Logger;
}): PacedTask {
  const { client, state, intervalMs, logger } = options;
  const writer = new AppGroupStatusWriter(client);
  let failing = false;

  return pacedTask(async () => {
    if (!state.synced()) return 'done';
    try {
      const reachedAll = await writer.write(state.groups(), state.placed().placements, MOST_PER_INTERVAL);
      failing = false;
      return reachedAll ? 'done' : 'again';
    } catch (err) {
      if (!failing) logger.warn({ err }, 'cannot write the status of an AppGroup, will go on trying');
      failing = true;
      return 'again';
    }
  }, intervalMs);
}

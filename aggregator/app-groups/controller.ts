import { createConditionEvents } from '#aggregator/app-groups/condition-events.ts';
import type { GroupState } from '#aggregator/app-groups/group-state.ts';
import { AppGroupStatusWriter, type GroupFacts } from '#aggregator/app-groups/status.ts';
import type { AppGroup, PlacementPlan } from '#core/api/app-group.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { pacedTask } from '#runtime/paced-task.ts';

/** Keeps the status of every AppGroup as its spec, its pods and its plan are. */
export interface AppGroupController {
  /** A group, a pod or the network changed. */
  request(): void;
  /** A plan was made that pods wait for: it is written as soon as can be. */
  planned(group: string): void;
  /** Whether the plan is in the group's status. */
  hasWritten(group: AppGroup, plan: PlacementPlan): boolean;
  stop(): Promise<void>;
}

/** Groups written in one interval: a rollout of everything is no reason to burden the API server. */
const MOST_PER_INTERVAL = 50;
const PLAN_INTERVAL_MS = 50;

export function keepAppGroups(options: {
  client: KubernetesClient;
  state: GroupState;
  facts: GroupFacts;
  /** Plans that were waited for are written. */
  plansWritten: () => void;
  intervalMs: number;
  logger: Logger;
}): AppGroupController {
  const { client, state, facts, plansWritten, intervalMs, logger } = options;
  const writer = new AppGroupStatusWriter(client, facts, createConditionEvents({ client, logger }));
  const newlyPlanned = new Set<string>();
  let failing = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** One write after the other: two of the same group would take each other for somebody else's. */
  function write(names: ReadonlySet<string> | undefined): Promise<'done' | 'again'> {
    const written = turn.then(async (): Promise<'done' | 'again'> => {
      if (!state.synced()) return 'done';
      try {
        const reachedAll = await writer.write(state.groups(), MOST_PER_INTERVAL, names);
        failing = false;
        return reachedAll ? 'done' : 'again';
      } catch (err) {
        if (!failing) logger.warn({ err }, 'cannot write the status of an AppGroup, will go on trying');
        failing = true;
        return 'again';
      }
    });
    turn = written;
    return written;
  }

  const all = pacedTask(() => write(undefined), intervalMs);
  const plans = pacedTask(async () => {
    const names = new Set(newlyPlanned);
    newlyPlanned.clear();
    const outcome = await write(names);
    plansWritten();
    if (outcome === 'done') return 'done';
    if (failing) {
      // The regular turn writes them.
      all.request();
      return 'done';
    }
    for (const name of names) newlyPlanned.add(name);
    return 'again';
  }, PLAN_INTERVAL_MS);

  return {
    request: all.request,
    planned: (group) => {
      newlyPlanned.add(group);
      plans.request();
    },
    hasWritten: ({ metadata, status }, plan) => writer.hasWritten({ metadata, status }, plan),
    stop: async () => {
      await Promise.all([all.stop(), plans.stop()]);
    },
  };
}

import { keepAppGroups } from '#aggregator/app-groups/controller.ts';
import { type DriftSettings, watchDrift } from '#aggregator/app-groups/drift.ts';
import type { GroupState } from '#aggregator/app-groups/group-state.ts';
import type { ObservedGroup } from '#aggregator/app-groups/observed-group.ts';
import { createPlanner, type PlanGround } from '#aggregator/app-groups/planner.ts';
import { viewTheirGroups } from '#aggregator/app-groups/their-views.ts';
import { watchBoundPods } from '#aggregator/bindings/group-pods.ts';
import type { ClusterWatch } from '#aggregator/cluster/cluster-watch.ts';
import type { AggregatorMetrics } from '#aggregator/metrics.ts';
import type { Advice } from '#core/api/advice.ts';
import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { membership } from '#core/appgroup/placements.ts';
import { UsageIndex } from '#core/resources/usage-index.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { ResourceCache } from '#runtime/kubernetes/resource-cache.ts';
import type { Logger } from '#runtime/logger.ts';

/** Plans AppGroups and keeps their status. */
export interface GroupCare {
  /** A pod of an AppGroup as it was and is now. */
  podChanged(before: Pod | undefined, after: Pod | undefined): void;
  /** Undefined: all of them may have. `isOther`: not in its status alone. */
  groupChanged(group: string | undefined, isOther: boolean): void;
  /** Time has passed, in which links may have been measured anew. */
  costsMoved(): void;
  /** Whether the pods of the group need not wait for a plan: theirs is in the status, or none can be made. */
  planReady(group: string): boolean;
  advice(): Advice;
  /** All AppGroups with their status; that of scheduler-plugins' is made now. */
  views(): ObservedGroup[];
  stop(): Promise<void>;
}

/** `matrix` is undefined until the cluster was read. */
export function lookAfterGroups(options: {
  client: KubernetesClient;
  state: GroupState;
  cluster: ClusterWatch;
  matrix: () => LinkMatrix | undefined;
  /** `planReady` may be another one now. */
  planReadyChanged: () => void;
  drift: DriftSettings;
  intervalMs: number;
  metrics: AggregatorMetrics;
  logger: Logger;
}): GroupCare {
  const { client, state, cluster, intervalMs, metrics, logger } = options;
  const usage = new UsageIndex();
  /** Watched from the first AppGroup on: without any, nothing is planned. */
  let boundPods: ResourceCache<Pod> | undefined;

  function ground(): PlanGround | undefined {
    const matrix = options.matrix();
    if (matrix === undefined || !boundPods?.synced()) return undefined;
    const topologyGeneration = cluster.topology()?.metadata.generation;
    return { matrix, nodes: cluster.nodeObjects(), usage, topologyGeneration };
  }

  const drift = watchDrift({ state, ground, settings: options.drift, logger });
  const planner = createPlanner({
    state,
    ground,
    planned: (group, isAwaited) => (isAwaited ? status.planned(group) : status.request()),
    looked: options.planReadyChanged,
    metrics,
    logger,
  });
  const status = keepAppGroups({
    client,
    state,
    facts: (group) => {
      const { metadata } = group;
      return { ...factsOf(group), planned: planner.outcome(namespacedName(metadata), metadata.generation) };
    },
    plansWritten: options.planReadyChanged,
    intervalMs,
    logger,
  });

  const theirViews = viewTheirGroups(state, factsOf);

  function factsOf({ metadata, known }: ObservedGroup) {
    const key = namespacedName(metadata);
    const placed = state.placed().placements.get(key);
    const matrix = options.matrix();
    const cost = known && matrix && placementCost(known.graph, placed ?? new Map(), matrix);
    return { placed, placementCost: cost, drifted: drift.verdict(key) };
  }

  function watchUsage(): void {
    boundPods ??= watchBoundPods({
      client,
      logger,
      onChange: (before, after) => {
        usage.podChanged(before, after);
        if (before === undefined && after === undefined) planner.changed(undefined);
      },
    });
  }

  return {
    podChanged: (before, after) => {
      // The two watches of pods are not in step: a pod counts as soon as one of them tells.
      usage.podChanged(before, after);
      for (const pod of [before, after]) {
        const member = pod && membership(pod);
        if (member) planner.changed(member.appGroup);
      }
      status.request();
    },
    groupChanged: (group, isOther) => {
      if (state.known().size > 0) watchUsage();
      if (isOther) planner.changed(group);
      status.request();
    },
    costsMoved: () => {
      if (state.known().size === 0) return;
      drift.request();
      status.request();
    },
    planReady: (name) => {
      const group = state.known().get(name)?.group;
      const outcome = group && planner.covering(name, group.metadata.generation);
      if (group === undefined || outcome === undefined) return false;
      return outcome.plan === undefined || status.hasWritten(group, outcome.plan);
    },
    advice: drift.advice,
    views: () => [...state.groups(), ...theirViews()],
    stop: async () => {
      await Promise.all([planner.stop(), drift.stop(), boundPods?.stop()]);
      await status.stop();
    },
  };
}

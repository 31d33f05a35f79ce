import { type ObservedGroup, observedGroup } from '#aggregator/app-groups/observed-group.ts';
import { OwnFirst, type Source } from '#aggregator/app-groups/own-first.ts';
import { type TheirTimes, watchTheirGroups } from '#aggregator/app-groups/their-groups.ts';
import { watchGroupPods } from '#aggregator/bindings/group-pods.ts';
import { APP_GROUP, resourcePath } from '#core/api/custom-resources.ts';
import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import type { KnownGroup } from '#core/appgroup/known-group.ts';
import { membership, type PlacedReplicas, PlacementIndex } from '#core/appgroup/placements.ts';
import type { Snapshot } from '#core/scoring/score.ts';
import { createSnapshot } from '#core/scoring/snapshot.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { watchResource } from '#runtime/kubernetes/resource-cache.ts';
import type { Logger } from '#runtime/logger.ts';

/** The AppGroups and their pods as the API server has them: what all that looks after them starts from. */
export interface GroupState {
  /** Ours: these have a status, a plan and an order. */
  groups(): ObservedGroup[];
  /** Those of scheduler-plugins, which are only read; none that has the name of one of ours. */
  theirs(): ObservedGroup[];
  /** The placed pods of AppGroups, whoever scheduled them. */
  placed(): PlacedReplicas;
  /** The pods of one group, placed or not. */
  pods(group: string): Pod[];
  podsOutside(group: string): Iterable<Pod>;
  /** True once groups and pods were listed. */
  synced(): boolean;
  /** The groups whose spec can be read, as decisions read them, ours and theirs. */
  known(): ReadonlyMap<string, KnownGroup>;
  /** Whether that which is known by the name is one of scheduler-plugins. */
  isTheirs(group: string): boolean;
  /** Whether pods are told of that have scheduler-plugins' labels only. */
  watchesTheirPods(): boolean;
  /** AppGroups of scheduler-plugins that were refused because they are not valid. */
  invalidObjects(): number;
  stop(): Promise<void>;
}

export interface GroupEvents {
  /**
   * A pod as it was and is now; neither, after all were listed. `listing`: they are being listed for the first time;
   * `watchedSinceMs`: since when such pods are watched, by the wall clock.
   */
  podChanged(before: Pod | undefined, after: Pod | undefined, listing: boolean, watchedSinceMs: number): void;
  /** Which one, as "namespace/name"; undefined after all were listed. `isOther`: not in its status alone. */
  groupChanged(group: string | undefined, isOther: boolean): void;
}

export function watchGroups(options: {
  client: KubernetesClient;
  logger: Logger;
  events: GroupEvents;
  theirTimes?: TheirTimes;
}): GroupState {
  const { client, logger, events, theirTimes = {} } = options;
  const placed = new PlacementIndex();
  const known = new OwnFirst<KnownGroup>();
  /** A pod that gets our label beside theirs changes from one watch to the other, in whatever order they tell. */
  const members = new OwnFirst<Pod>();
  const byGroup = new Map<string, Map<string, Pod>>();

  function sort(before: Pod | undefined, after: Pod | undefined): void {
    const [from, to] = [before && membership(before), after && membership(after)];
    if (before && from) {
      const left = byGroup.get(from.appGroup);
      left?.delete(before.metadata.name);
      if (left?.size === 0) byGroup.delete(from.appGroup);
    }
    if (after && to) {
      const pods = byGroup.get(to.appGroup) ?? new Map<string, Pod>();
      byGroup.set(to.appGroup, pods.set(after.metadata.name, after));
    }
  }

  function podChanged(
    source: Source,
    before: Pod | undefined,
    after: Pod | undefined,
    { listing, watchedSinceMs }: { listing: boolean; watchedSinceMs: number },
  ): void {
    const pod = after ?? before;
    const change = pod && members.put(source, namespacedName(pod.metadata), after);
    if (change && change.before === change.after) return;
    placed.change(change?.before, change?.after);
    sort(change?.before, change?.after);
    events.podChanged(change?.before, change?.after, listing, watchedSinceMs);
  }

  function groupChanged(source: Source, before: ObservedGroup | undefined, after: ObservedGroup | undefined): void {
    const group = after ?? before;
    const name = group && namespacedName(group.metadata);
    if (name !== undefined) known.put(source, name, after?.known);
    const isSameSpec =
      before?.metadata.uid === after?.metadata.uid && before?.metadata.generation === after?.metadata.generation;
    events.groupChanged(name, name === undefined || !isSameSpec);
  }

  const startedAtMs = Date.now();
  const pods = watchGroupPods({
    client,
    logger,
    onChange: (before, after) =>
      podChanged('own', before, after, { listing: !pods.synced(), watchedSinceMs: startedAtMs }),
  });
  const groups = watchResource({
    client,
    logger,
    path: resourcePath(APP_GROUP),
    schema: observedGroup,
    onChange: (before, after) => groupChanged('own', before, after),
  });
  const theirs = watchTheirGroups({
    client,
    logger,
    times: theirTimes,
    events: {
      groupChanged: (before, after) => groupChanged('theirs', before, after),
      podChanged: (before, after, seen) => podChanged('theirs', before, after, seen),
    },
  });
  return {
    groups: groups.list,
    theirs: () => {
      const own = new Set(groups.list().map(({ metadata }) => namespacedName(metadata)));
      return theirs.list().filter(({ metadata }) => !own.has(namespacedName(metadata)));
    },
    placed: () => placed,
    pods: (group) => [...(byGroup.get(group)?.values() ?? [])],
    podsOutside: function* (group) {
      for (const [name, members] of byGroup) if (name !== group) yield* members.values();
    },
    synced: () => groups.synced() && pods.synced() && theirs.synced(),
    known: () => known.counting,
    isTheirs: (group) => known.isTheirs(group),
    watchesTheirPods: theirs.watchesPods,
    invalidObjects: theirs.invalid,
    stop: async () => {
      await Promise.all([groups.stop(), pods.stop(), theirs.stop()]);
    },
  };
}

/** What a decision about pods of AppGroups would be made from now. */
export function snapshotOf(state: GroupState, matrix: LinkMatrix): Snapshot {
  return createSnapshot({ matrix, placed: state.placed(), groups: state.known() });
}

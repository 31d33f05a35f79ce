import { type ObservedGroup, observedGroup } from '#aggregator/app-groups/observed-group.ts';
import { watchGroupPods } from '#aggregator/group-pods.ts';
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
  groups(): ObservedGroup[];
  /** The placed pods of AppGroups, whoever scheduled them. */
  placed(): PlacedReplicas;
  /** The pods of one group, placed or not. */
  pods(group: string): Pod[];
  podsOutside(group: string): Iterable<Pod>;
  /** True once groups and pods were listed. */
  synced(): boolean;
  /** The groups whose spec can be read, as decisions read them. */
  known(): ReadonlyMap<string, KnownGroup>;
  stop(): Promise<void>;
}

export interface GroupEvents {
  /** A pod as it was and is now; neither, after all were listed. `listing`: they are being listed for the first time. */
  podChanged(before: Pod | undefined, after: Pod | undefined, listing: boolean): void;
  /** Which one, as "namespace/name"; undefined after all were listed. `isOther`: not in its status alone. */
  groupChanged(group: string | undefined, isOther: boolean): void;
}

export function watchGroups(options: { client: KubernetesClient; logger: Logger; events: GroupEvents }): GroupState {
  const { client, logger, events } = options;
  const placed = new PlacementIndex();
  const known = new Map<string, KnownGroup>();
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

  const pods = watchGroupPods({
    client,
    logger,
    onChange: (before, after) => {
      placed.change(before, after);
      sort(before, after);
      events.podChanged(before, after, !pods.synced());
    },
  });
  const groups = watchResource({
    client,
    logger,
    path: resourcePath(APP_GROUP),
    schema: observedGroup,
    onChange: (before, after) => {
      if (before) known.delete(namespacedName(before.metadata));
      if (after?.known) known.set(namespacedName(after.metadata), after.known);
      const changed = after ?? before;
      const isSameSpec =
        before?.metadata.uid === after?.metadata.uid && before?.metadata.generation === after?.metadata.generation;
      events.groupChanged(changed && namespacedName(changed.metadata), changed === undefined || !isSameSpec);
    },
  });
  return {
    groups: groups.list,
    placed: () => placed,
    pods: (group) => [...(byGroup.get(group)?.values() ?? [])],
    podsOutside: function* (group) {
      for (const [name, members] of byGroup) if (name !== group) yield* members.values();
    },
    synced: () => groups.synced() && pods.synced(),
    known: () => known,
    stop: async () => {
      await Promise.all([groups.stop(), pods.stop()]);
    },
  };
}

/** What a decision about pods of AppGroups would be made from now. */
export function snapshotOf(state: GroupState, matrix: LinkMatrix): Snapshot {
  return createSnapshot({ matrix, placed: state.placed(), groups: state.known() });
}

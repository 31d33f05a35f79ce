import { DIKTYO_GROUP_LABEL, DIKTYO_SELECTOR_LABEL } from '#core/api/diktyo.ts';
import { isStaying, namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, WORKLOAD_LABEL } from '#core/api/names.ts';

/** Ours first; scheduler-plugins' next, whose selector is what the workload of a converted AppGroup is called. */
const MEMBERSHIP_LABELS = [
  [APP_GROUP_LABEL, WORKLOAD_LABEL],
  [DIKTYO_GROUP_LABEL, DIKTYO_SELECTOR_LABEL],
] as const;

/** The AppGroup ("namespace/name") and workload that a pod says it belongs to; undefined where it says none. */
export function membership(pod: Pod): { appGroup: string; workload: string } | undefined {
  const { labels } = pod.metadata;
  for (const [groupLabel, workloadLabel] of MEMBERSHIP_LABELS) {
    const [group, workload] = [labels?.[groupLabel], labels?.[workloadLabel]];
    if (group && workload) return { appGroup: namespacedName({ ...pod.metadata, name: group }), workload };
  }
  return undefined;
}

/** For each AppGroup and workload the nodes of its placed replicas, one entry for each replica. */
export type Placements = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** For each node, AppGroup and workload the number of its placed replicas; nothing that has none is there. */
export type Occupants = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, number>>>;

/** Placed replicas by workload and by node: the same ones. */
export interface PlacedReplicas {
  placements: Placements;
  occupants: Occupants;
}

/** Reads placements from pods: those that are bound, have not ended and are not being deleted. */
export function placementsOf(pods: Iterable<Pod>): Placements {
  return PlacementIndex.of(pods).placements;
}

/** Placements that follow one pod at a time. */
export class PlacementIndex implements PlacedReplicas {
  readonly #groups = new Map<string, Map<string, string[]>>();
  readonly #nodes = new Map<string, Map<string, Map<string, number>>>();

  static of(pods: Iterable<Pod>): PlacementIndex {
    const index = new PlacementIndex();
    for (const pod of pods) index.change(undefined, pod);
    return index;
  }

  /** Live: it shows every change. */
  get placements(): Placements {
    return this.#groups;
  }

  /** Live, too. */
  get occupants(): Occupants {
    return this.#nodes;
  }

  /** The pod as it was and is now; undefined where there was, or is, none. */
  change(before: Pod | undefined, after: Pod | undefined): void {
    this.#remove(before);
    this.#add(after);
  }

  #add(pod: Pod | undefined): void {
    const place = placeOf(pod);
    if (!place) return;
    const workloads = getOrSet(this.#groups, place.appGroup, () => new Map<string, string[]>());
    getOrSet(workloads, place.workload, () => []).push(place.node);
    const groups = getOrSet(this.#nodes, place.node, () => new Map<string, Map<string, number>>());
    const counts = getOrSet(groups, place.appGroup, () => new Map<string, number>());
    counts.set(place.workload, (counts.get(place.workload) ?? 0) + 1);
  }

  #remove(pod: Pod | undefined): void {
    const place = placeOf(pod);
    const workloads = this.#groups.get(place?.appGroup ?? '');
    const nodes = workloads?.get(place?.workload ?? '');
    const position = place && nodes ? nodes.lastIndexOf(place.node) : -1;
    if (!place || !workloads || !nodes || position === -1) return;
    nodes.splice(position, 1);
    if (nodes.length === 0) workloads.delete(place.workload);
    if (workloads.size === 0) this.#groups.delete(place.appGroup);
    this.#leave(place);
  }

  #leave({ node, appGroup, workload }: Place): void {
    const groups = this.#nodes.get(node);
    const counts = groups?.get(appGroup);
    const count = counts?.get(workload);
    if (!groups || !counts || count === undefined) return;
    if (count > 1) counts.set(workload, count - 1);
    else counts.delete(workload);
    if (counts.size === 0) groups.delete(appGroup);
    if (groups.size === 0) this.#nodes.delete(node);
  }
}

function getOrSet<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** A node, and the workload that has a replica on it. */
export interface Place {
  appGroup: string;
  workload: string;
  node: string;
}

/** Where the pod counts as a placed replica, and of what. */
export function placeOf(pod: Pod | undefined): Place | undefined {
  const node = pod?.spec.nodeName;
  if (!pod || !node || !isStaying(pod)) return undefined;
  const member = membership(pod);
  return member && { ...member, node };
}

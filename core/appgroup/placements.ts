import { isActive, namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, WORKLOAD_LABEL } from '#core/api/names.ts';

/** The AppGroup ("namespace/name") and workload that a pod says it belongs to; undefined where it says none. */
export function membership(pod: Pod): { appGroup: string; workload: string } | undefined {
  const group = pod.metadata.labels?.[APP_GROUP_LABEL];
  const workload = pod.metadata.labels?.[WORKLOAD_LABEL];
  if (!group || !workload) return undefined;
  return { appGroup: namespacedName({ ...pod.metadata, name: group }), workload };
}

/** For each AppGroup and workload the nodes of its placed replicas, one entry for each replica. */
export type Placements = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** Reads placements from pods: those that are bound, have not ended and are not being deleted. */
export function placementsOf(pods: Iterable<Pod>): Placements {
  const index = new PlacementIndex();
  for (const pod of pods) index.change(undefined, pod);
  return index.placements;
}

/** Placements that follow one pod at a time. */
export class PlacementIndex {
  readonly #groups = new Map<string, Map<string, string[]>>();

  /** Live: it shows every change. */
  get placements(): Placements {
    return this.#groups;
  }

  /** The pod as it was and is now; undefined where there was, or is, none. */
  change(before: Pod | undefined, after: Pod | undefined): void {
    this.#remove(before);
    this.#add(after);
  }

  #add(pod: Pod | undefined): void {
    const place = placeOf(pod);
    if (!place) return;
    const workloads = this.#groups.get(place.appGroup) ?? new Map<string, string[]>();
    this.#groups.set(place.appGroup, workloads);
    const nodes = workloads.get(place.workload);
    if (nodes) nodes.push(place.node);
    else workloads.set(place.workload, [place.node]);
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
  }
}

/** Where the pod counts as a placed replica, and of what. */
export function placeOf(pod: Pod | undefined): { appGroup: string; workload: string; node: string } | undefined {
  const node = pod?.spec.nodeName;
  if (!pod || !node || !isActive(pod) || pod.metadata.deletionTimestamp) return undefined;
  const member = membership(pod);
  return member && { ...member, node };
}

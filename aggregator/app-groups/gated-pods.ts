import { isStaying, type Pod } from '#core/api/kubernetes.ts';
import { ORDERED_GATE } from '#core/api/names.ts';
import type { OrderedPod } from '#core/appgroup/gates.ts';
import { membership } from '#core/appgroup/placements.ts';

export interface GatedPod extends OrderedPod {
  uid: string;
  namespace: string;
  name: string;
}

/** Pods that have the label of a group, but not both labels with a value: they belong to none. */
export const NO_GROUP = '';

/** When a pod was seen: by the clock that nobody sets, and by the one that the API server's times are compared with. */
export interface Sighting {
  nowMs: number;
  wallMs: number;
  /** It came with the first list, so that it may be older than it has been known. */
  listing: boolean;
}

/** The pods of AppGroups that have not ended and are not being deleted, as their order needs them. */
export class GatedPods {
  /** By "namespace/name" of the group, and by uid. */
  readonly #groups = new Map<string, Map<string, GatedPod>>();

  /** A pod as it was and is now; undefined where there was, or is, none. */
  change(before: Pod | undefined, after: Pod | undefined, seen: Sighting): void {
    const known = before && this.#take(before);
    if (after === undefined || !isStaying(after)) return;
    const same = known?.uid === after.metadata.uid ? known : undefined;
    const pods = this.#groups.get(groupOf(after)) ?? new Map<string, GatedPod>();
    const next = gatedPod(after, same, seen);
    this.#groups.set(groupOf(after), pods.set(next.uid, next));
  }

  /** Its gate was removed, whatever the watch tells yet. */
  released(uid: string, nowMs: number): void {
    for (const pods of this.#groups.values()) {
      const known = pods.get(uid);
      if (known && isGated(known)) pods.set(uid, { ...known, releasedMs: nowMs });
    }
  }

  /** The groups that have gated pods, each with all its pods. */
  withGated(): [group: string, pods: GatedPod[]][] {
    return [...this.#groups]
      .map(([group, pods]): [string, GatedPod[]] => [group, [...pods.values()]])
      .filter(([, pods]) => pods.some(isGated));
  }

  #take(pod: Pod): GatedPod | undefined {
    const group = groupOf(pod);
    const pods = this.#groups.get(group);
    const known = pods?.get(pod.metadata.uid ?? '');
    pods?.delete(pod.metadata.uid ?? '');
    if (pods?.size === 0) this.#groups.delete(group);
    return known;
  }
}

export function isGated({ releasedMs }: OrderedPod): boolean {
  return releasedMs === undefined;
}

export function hasOrderedGate({ spec }: Pick<Pod, 'spec'>): boolean {
  return spec.schedulingGates?.some(({ name }) => name === ORDERED_GATE) ?? false;
}

function groupOf(pod: Pod): string {
  return membership(pod)?.appGroup ?? NO_GROUP;
}

function gatedPod(pod: Pod, known: GatedPod | undefined, seen: Sighting): GatedPod {
  const { uid = '', namespace = 'default', name } = pod.metadata;
  const createdMs = known?.createdMs ?? firstSeen(pod, seen);
  // A gate never comes back: where it is seen after it was removed, the watch lags behind.
  const releasedMs = known?.releasedMs ?? (hasOrderedGate(pod) ? undefined : known ? seen.nowMs : createdMs);
  const workload = membership(pod)?.workload ?? '';
  const seenMs = known?.seenMs ?? seen.nowMs;
  return { uid, namespace, name, workload, createdMs, seenMs, releasedMs, bound: Boolean(pod.spec.nodeName) };
}

/** The API server's clock may be another one, so it counts only for pods that were there before, and never makes one younger. */
function firstSeen({ metadata }: Pod, { nowMs, wallMs, listing }: Sighting): number {
  const ageMs = listing ? wallMs - Date.parse(metadata.creationTimestamp ?? '') : 0;
  return nowMs - (ageMs > 0 ? ageMs : 0);
}

import { isActive, type Pod } from '#core/api/kubernetes.ts';

/** Kube-scheduler's podInitialBackoff; its podMaxBackoff is 10 s. */
const INITIAL_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 5_000;

interface Waiting {
  /** The resourceVersion at first sight, which orders pods created within the same second. */
  arrival: number;
  attempts: number;
  attemptedAt: number;
  /** What of the pod was tried; a pod that changes is tried again at once. */
  spec: string;
}

/**
 * Which pod comes next: by priority, then creation time, then the order of creation, then name. A pod that found no
 * node waits: for a second after a change in the cluster, for growing spans up to five seconds without one.
 */
export class SchedulingQueue {
  readonly #waiting = new Map<string, Waiting>();
  #clusterChangedAt = 0;

  /** Nodes or room on them changed: pods that found no node are worth another try. */
  clusterChanged(now: number): void {
    this.#clusterChangedAt = now;
  }

  /** The pod to schedule now, and else how long nothing is due. Pods no longer among the pending are forgotten. */
  next(pending: readonly Pod[], now: number): { pod: Pod } | { waitMs: number } {
    const present = new Set(pending.map(uidOf));
    for (const uid of this.#waiting.keys()) if (!present.has(uid)) this.#waiting.delete(uid);
    const due = pending.map((pod) => ({ pod, dueAt: this.#dueAt(pod) }));
    const ready = due.filter(({ dueAt }) => dueAt <= now).map(({ pod }) => pod);
    const [first] = ready.sort((a, b) => this.#compare(a, b));
    if (first !== undefined) return { pod: first };
    return { waitMs: Math.min(MAX_BACKOFF_MS, ...due.map(({ dueAt }) => dueAt - now)) };
  }

  /** The pod was tried now and stays pending. */
  tried(pod: Pod, now: number): void {
    const waiting = this.#waitingFor(pod);
    Object.assign(waiting, { attempts: waiting.attempts + 1, attemptedAt: now, spec: JSON.stringify(pod.spec) });
  }

  #dueAt(pod: Pod): number {
    const { attempts, attemptedAt, spec } = this.#waitingFor(pod);
    if (attempts === 0 || spec !== JSON.stringify(pod.spec)) return 0;
    const backoffMs = Math.min(INITIAL_BACKOFF_MS * 2 ** (attempts - 1), MAX_BACKOFF_MS);
    return attemptedAt + (this.#clusterChangedAt > attemptedAt ? INITIAL_BACKOFF_MS : backoffMs);
  }

  #waitingFor(pod: Pod): Waiting {
    const known = this.#waiting.get(uidOf(pod));
    if (known !== undefined) return known;
    const waiting = { arrival: Number(pod.metadata.resourceVersion), attempts: 0, attemptedAt: 0, spec: '' };
    this.#waiting.set(uidOf(pod), waiting);
    return waiting;
  }

  #compare(a: Pod, b: Pod): number {
    const byPriority = (b.spec.priority ?? 0) - (a.spec.priority ?? 0);
    const byTime = Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? '');
    const byArrival = this.#waitingFor(a).arrival - this.#waitingFor(b).arrival;
    return byPriority || byTime || byArrival || a.metadata.name.localeCompare(b.metadata.name);
  }
}

/** Pods that wait for one of these schedulers: not bound, gated, ended or being deleted. */
export function pendingPods(pods: readonly Pod[], schedulerNames: ReadonlySet<string>): Pod[] {
  return pods.filter(
    ({ metadata, spec, status }) =>
      !spec.nodeName &&
      schedulerNames.has(spec.schedulerName ?? '') &&
      (spec.schedulingGates ?? []).length === 0 &&
      metadata.deletionTimestamp == null &&
      isActive({ metadata, spec, status }),
  );
}

function uidOf({ metadata }: Pod): string {
  return metadata.uid ?? '';
}

import { BoundedMap } from '#core/bounded-map.ts';

/** What the audit reads of a pod. */
export interface AuditedPod {
  uid: string;
  namespace: string;
  name: string;
  /** Bound to it; undefined for a pod that is not. */
  node?: string | undefined;
  /** By the clock of the API server. */
  createdAtMs: number;
  /** It was there when the pods were listed for the first time, or may have been. */
  listedFirst?: boolean | undefined;
  /** Since when such pods are watched, where that is later than the audit's start; by the wall clock. */
  watchedSinceMs?: number | undefined;
}

/** A decision comes within this time of the binding. */
export const GRACE_MS = 5000;
/** Once the aggregator is ready, it takes this long at most until its Service leads to it and the extender has tried again. */
export const ROUTED_MS = 10_000;
/**
 * A decision is of a binding that comes within this time. Between them kube-scheduler only waits for the pod's volumes, ten
 * minutes at most as it is set by default. An older one is of an attempt that failed, and says nothing of a later one.
 */
export const DECISION_MS = 600_000;
/** So far may the API server's clock be ahead of ours, or behind. */
export const CLOCK_SKEW_MS = 5000;

/** Decisions and bindings beyond this many are forgotten; the oldest give way. */
const MOST = 20_000;

/**
 * Finds pods that were bound though no decision of the extender for them is known: a scheduler does without an extender that
 * fails, and does not say so. The decision may come before the binding is seen, or within a grace after it. `nowMs` is of a
 * clock that nobody sets.
 */
export class BindingAudit {
  /** When decisions came, by pod uid. */
  readonly #decided = new BoundedMap<string, number>(MOST);
  /** Bound pods without a decision, by uid. */
  readonly #bound = new BoundedMap<string, { pod: AuditedPod; boundAtMs: number }>(MOST);
  readonly #startedAtMs: number;
  /** From then on decisions can come; before, nobody is missed for not having sent any. */
  #routedAtMs = Number.POSITIVE_INFINITY;

  /** `startedAtMs`: when the audit started, by the wall clock. */
  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  /** The aggregator is ready. */
  ready(nowMs: number): void {
    this.#routedAtMs = nowMs + ROUTED_MS;
  }

  decided(uid: string, nowMs: number): void {
    if (!this.#bound.delete(uid)) this.#decided.set(uid, nowMs);
  }

  /**
   * A pod as it was and is now; true where it was bound just now. A pod that was bound before the audit started is not looked
   * at: who decided for it is not known.
   */
  podChanged(before: AuditedPod | undefined, after: AuditedPod | undefined, nowMs: number): boolean {
    if (after === undefined) {
      if (before !== undefined) this.#decided.delete(before.uid);
      return false;
    }
    const same = before?.uid === after.uid ? before : undefined;
    if (after.node === undefined || same?.node !== undefined) return false;
    if (same === undefined && this.#isOlder(after)) return false;
    const decidedAtMs = this.#decided.get(after.uid) ?? Number.NEGATIVE_INFINITY;
    this.#decided.delete(after.uid);
    if (nowMs - decidedAtMs > DECISION_MS) this.#bound.set(after.uid, { pod: after, boundAtMs: nowMs });
    return true;
  }

  /** Whether a pod that is bound when it is first seen was so before the audit started. One seen later can have got its label late. */
  #isOlder({ createdAtMs, listedFirst, watchedSinceMs = this.#startedAtMs }: AuditedPod): boolean {
    return createdAtMs < watchedSinceMs + (listedFirst ? CLOCK_SKEW_MS : -CLOCK_SKEW_MS);
  }

  /** The pods whose grace is over, each once. */
  takeNotScored(nowMs: number): AuditedPod[] {
    const isOver = (boundAtMs: number) => nowMs >= Math.max(boundAtMs, this.#routedAtMs) + GRACE_MS;
    const over = this.#bound.values().filter(({ boundAtMs }) => isOver(boundAtMs));
    for (const { pod } of over) this.#bound.delete(pod.uid);
    return over.map(({ pod }) => pod);
  }
}

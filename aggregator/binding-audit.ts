/** What the audit reads of a pod. */
export interface AuditedPod {
  uid: string;
  namespace: string;
  name: string;
  /** Bound to it; undefined for a pod that is not. */
  node?: string | undefined;
  createdAtMs: number;
}

/** Decisions and bindings beyond this many are forgotten; the oldest give way. */
const MOST = 20_000;

/**
 * Finds pods that were bound though no decision of the extender for them is known: a scheduler does without an extender that
 * fails, and does not say so. The decision may come before the binding is seen, or within a grace after it.
 */
export class BindingAudit {
  /** When decisions came, by pod uid. */
  readonly #decided = new Map<string, number>();
  /** Bound pods without a decision, by uid. */
  readonly #bound = new Map<string, { pod: AuditedPod; boundAtMs: number }>();
  readonly #options: { startedAtMs: number; graceMs: number };

  constructor(options: { startedAtMs: number; graceMs: number }) {
    this.#options = options;
  }

  decided(uid: string, nowMs: number): void {
    if (this.#bound.delete(uid)) return;
    put(this.#decided, uid, nowMs);
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
    if (same === undefined && after.createdAtMs < this.#options.startedAtMs) return false;
    if (!this.#decided.delete(after.uid)) put(this.#bound, after.uid, { pod: after, boundAtMs: nowMs });
    return true;
  }

  /** The pods whose grace is over, each once. */
  takeNotScored(nowMs: number): AuditedPod[] {
    const over = [...this.#bound.values()].filter(({ boundAtMs }) => nowMs - boundAtMs >= this.#options.graceMs);
    for (const { pod } of over) this.#bound.delete(pod.uid);
    return over.map(({ pod }) => pod);
  }
}

function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MOST && oldest !== undefined) map.delete(oldest);
}

import type { Pod } from '#core/api/kubernetes.ts';
import { membership } from '#core/appgroup/placements.ts';
import type { RejectedPod } from '#core/scoring/wake-up.ts';

/** Pods beyond this many are not waited for; the oldest give way. */
const MOST_PODS = 10_000;

/**
 * Pods that limits rejected on every node, by uid. The pods of one workload have the same limits: one of them, with the nodes
 * that it was last rejected on, stands for all.
 */
export class WaitingPods {
  readonly #pods = new Map<string, { workload: string; turn: number }>();
  readonly #workloads = new Map<string, RejectedPod & { uids: Set<string> }>();
  #turn = 0;

  get size(): number {
    return this.#pods.size;
  }

  /** Which pods are there now, for `forgetUntil`. */
  get turn(): number {
    return this.#turn;
  }

  add(pod: Pod, nodes: readonly string[]): void {
    const { uid } = pod.metadata;
    const member = membership(pod);
    if (uid === undefined || member === undefined) return;
    this.forget(uid);
    const workload = `${member.appGroup}/${member.workload}`;
    const uids = this.#workloads.get(workload)?.uids ?? new Set();
    this.#workloads.set(workload, { pod, nodes, uids: uids.add(uid) });
    this.#pods.set(uid, { workload, turn: ++this.#turn });
    const [oldest] = this.#pods.keys();
    if (this.size > MOST_PODS && oldest !== undefined) this.forget(oldest);
  }

  forget(uid: string): void {
    const entry = this.#pods.get(uid);
    if (entry === undefined) return;
    this.#pods.delete(uid);
    const uids = this.#workloads.get(entry.workload)?.uids;
    uids?.delete(uid);
    if (uids?.size === 0) this.#workloads.delete(entry.workload);
  }

  /** Forgets the pods that were added up to that turn, and not anew since. */
  forgetUntil(turn: number): void {
    for (const [uid, entry] of this.#pods) if (entry.turn <= turn) this.forget(uid);
  }

  rejected(): Iterable<RejectedPod> {
    return this.#workloads.values();
  }
}

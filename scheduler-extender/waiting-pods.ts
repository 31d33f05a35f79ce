import type { Pod } from '#core/api/kubernetes.ts';
import { membership } from '#core/appgroup/placements.ts';

/** Pods beyond this many are not waited for; the oldest give way. */
const MOST_PODS = 10_000;

/** A pod that waits because limits rejected it, for all of its workload. */
interface RejectedPod {
  pod: Pod;
  appGroup: string;
  nodes: ReadonlySet<string>;
}

/**
 * Pods that limits rejected on every node, by uid. The pods of one workload have the same limits, so one of them stands
 * for all; but each may have nodes of its own (those of a DaemonSet, or with a volume in one zone), so the nodes are those of all.
 */
export class WaitingPods {
  readonly #pods = new Map<string, { workload: string; turn: number }>();
  readonly #workloads = new Map<string, RejectedPod & { nodes: Set<string>; uids: Set<string> }>();
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
    const { appGroup } = member;
    const workload = `${appGroup}/${member.workload}`;
    const known = this.#workloads.get(workload) ?? { nodes: new Set<string>(), uids: new Set<string>() };
    for (const node of nodes) known.nodes.add(node);
    this.#workloads.set(workload, { ...known, pod, appGroup });
    known.uids.add(uid);
    this.#pods.delete(uid);
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

import type { Pod } from '#core/api/kubernetes.ts';
import { type PlacedReplicas, PlacementIndex } from '#core/appgroup/placements.ts';
import { BoundedMap } from '#core/bounded-map.ts';

/** An assumption that is not seen to come true within this time is dropped: binding failed, or somebody else decided. */
const ASSUMED_MS = 30_000;
/** Pods beyond this many are not remembered; the oldest give way. */
const MOST_PODS = 20_000;

/**
 * Placements as the watch tells them, and beside them those that are under way: where filter left one node, the pod goes there,
 * and the next decision need not wait until the watch has told. As kube-scheduler assumes the pods that it is binding.
 */
export class AssumedPlacements {
  readonly #index = new PlacementIndex();
  /** By uid, the oldest first. */
  readonly #assumed = new Map<string, { pod: Pod; atMs: number }>();
  /** Pods that were sent to one node and are not bound yet. */
  readonly #sent = new BoundedMap<string, true>(MOST_PODS);
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Live: it shows every change. */
  get placed(): PlacedReplicas {
    for (const [uid, { atMs }] of this.#assumed) {
      if (this.#nowMs() - atMs < ASSUMED_MS) break;
      this.#drop(uid);
    }
    return this.#index;
  }

  assume(pod: Pod, node: string): void {
    const { uid } = pod.metadata;
    if (uid === undefined) return;
    this.withdraw(pod);
    const placed = { ...pod, spec: { ...pod.spec, nodeName: node } };
    this.#assumed.set(uid, { pod: placed, atMs: this.#nowMs() });
    this.#index.change(undefined, placed);
    this.#sent.set(uid, true);
  }

  /** The pod is tried again: what was assumed did not come true. */
  withdraw({ metadata: { uid } }: Pod): void {
    if (uid !== undefined) this.#drop(uid);
  }

  /** True for a pod that was sent to one node before and is not bound: it should be offered others too. */
  wasSent({ metadata: { uid } }: Pod): boolean {
    return uid !== undefined && this.#sent.get(uid) === true;
  }

  /** The pod as the watch told it before and tells it now. */
  podChanged(before: Pod | undefined, after: Pod | undefined): void {
    const uid = (after ?? before)?.metadata.uid;
    if (uid !== undefined && (after === undefined || after.spec.nodeName)) {
      this.#drop(uid);
      this.#sent.delete(uid);
    }
    this.#index.change(before, after);
  }

  #drop(uid: string): void {
    const assumption = this.#assumed.get(uid);
    if (assumption === undefined) return;
    this.#assumed.delete(uid);
    this.#index.change(assumption.pod, undefined);
  }
}

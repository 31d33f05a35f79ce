import type { Pod } from '#core/api/kubernetes.ts';
import { BoundedMap } from '#core/bounded-map.ts';

/** Pods beyond this many are not timed; the oldest give way. */
const MOST_PODS = 10_000;

/**
 * Times how long a placement takes to be known here: from the answer for a pod until the pod is seen bound. Decisions for other
 * pods made in between cannot count it: kube-scheduler does not tell which node it chose.
 */
export class PlacementLag {
  readonly #decidedAtMs = new BoundedMap<string, number>(MOST_PODS);
  readonly #observe: (seconds: number) => void;

  constructor(observe: (seconds: number) => void) {
    this.#observe = observe;
  }

  decided(pod: Pod): void {
    const { uid } = pod.metadata;
    if (uid !== undefined) this.#decidedAtMs.set(uid, performance.now());
  }

  /** The decision led to no binding. */
  withdrawn({ metadata: { uid } }: Pod): void {
    if (uid !== undefined) this.#decidedAtMs.delete(uid);
  }

  podChanged(before: Pod | undefined, after: Pod | undefined): void {
    const uid = (after ?? before)?.metadata.uid;
    const decidedAtMs = uid === undefined ? undefined : this.#decidedAtMs.get(uid);
    if (uid === undefined || decidedAtMs === undefined) return;
    if (after !== undefined && !after.spec.nodeName) return;
    this.#decidedAtMs.delete(uid);
    if (after !== undefined) this.#observe((performance.now() - decidedAtMs) / 1000);
  }
}

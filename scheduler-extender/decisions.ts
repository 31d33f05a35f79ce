import type { Pod } from '#core/api/kubernetes.ts';
import { membership } from '#core/appgroup/placements.ts';

/** Scores count as a decision only this long after an answer of filter. */
const RECENT_MS = 5_000;

/** Which pods of AppGroups the scheduler has all answers for, that is where limits and scores both count in its choice. */
export interface Decisions {
  /** The scheduler asks which nodes the pod may go to. */
  asked(pod: Pod): void;
  /** It got an answer that leaves so many nodes, by the limits. */
  filtered(pod: Pod, kept: number): void;
  /** It got scores. */
  scored(pod: Pod): void;
}

/**
 * `withdrawn`: what was decided before did not lead to a binding. A pod may be tried again at once, and an answer may come too
 * late: so scores count only after an answer to the very last question.
 */
export function createDecisions(
  events: { decided(pod: Pod): void; withdrawn(pod: Pod): void },
  nowMs: () => number = () => performance.now(),
): Decisions {
  const filteredAtMs = new Map<string, number>();

  function forgetOld(): void {
    for (const [uid, atMs] of filteredAtMs) {
      if (nowMs() - atMs <= RECENT_MS) return;
      filteredAtMs.delete(uid);
    }
  }

  return {
    asked: ({ metadata: { uid } }) => void filteredAtMs.delete(uid ?? ''),
    filtered: (pod, kept) => {
      const { uid } = pod.metadata;
      if (uid === undefined || membership(pod) === undefined) return;
      forgetOld();
      filteredAtMs.delete(uid);
      if (kept === 0) events.withdrawn(pod);
      // With a single node left kube-scheduler does not ask for scores.
      else if (kept === 1) events.decided(pod);
      else filteredAtMs.set(uid, nowMs());
    },
    scored: (pod) => {
      forgetOld();
      if (filteredAtMs.delete(pod.metadata.uid ?? '')) events.decided(pod);
    },
  };
}

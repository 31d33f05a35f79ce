import type { JudgedSpec } from '#core/appgroup/status.ts';

/** A pod of an AppGroup as the order of its workloads sees it. All moments are of one clock. */
export interface OrderedPod {
  workload: string;
  createdMs: number;
  /** When this process came to know of it: not before that a plan can be made with it. */
  seenMs: number;
  /** When its gate was gone; undefined while it is gated. */
  releasedMs?: number | undefined;
  bound: boolean;
}

/** For how long a gate may hold a pod, and for what. */
export interface GateDelays {
  /** Pods of one burst come one after another: so long after the last one, no more are expected. */
  settleMs: number;
  /** For the plan, since the pod was seen. */
  planWaitMs: number;
  /** For a pod of an earlier workload that is not bound, since that one was released. */
  deadlineMs: number;
  /** In all, since the pod was created, whatever it is for. */
  limitMs: number;
}

export type ReleaseReason =
  /** All pods of the workloads before its own are bound. */
  | 'order'
  /** They are, and the plan did not come in time. */
  | 'noPlan'
  /** One of them is not, and did not become so in time. */
  | 'deadline'
  | 'noGroup'
  | 'invalidGroup'
  | 'unknownWorkload'
  /** The group wants no order. */
  | 'noOrder';

export interface Releases<P extends OrderedPod> {
  due: { pod: P; reason: ReleaseReason }[];
  /** When the next pod is due if nothing changes; undefined where none is held. */
  nextMs: number | undefined;
}

/** An AppGroup that is applied together with its pods may come a little after them, and so may a new workload in its spec. */
const GROUP_GRACE_MS = 5000;

/** In a group whose pods come and go all the time, a pod is held no longer than this many settle times for more to come. */
const MOST_SETTLE_TIMES = 5;

/**
 * Which gated pods of a group are to lose their gate now. `pods`: all that have not ended and are not being deleted; `judged`:
 * what there is to say of the group's spec, undefined where the group does not exist.
 *
 * Each pod waits until no more pods of the group come, so that the plan is of all of them, and those of the workloads before its own in
 * the schedule order are there to be waited for; then for the plan; and until the pods of the workloads before its own are bound.
 */
export function releases<P extends OrderedPod>(input: {
  judged: JudgedSpec | undefined;
  pods: readonly P[];
  planReady: boolean;
  delays: GateDelays;
  nowMs: number;
}): Releases<P> {
  const { judged, pods, planReady, delays, nowMs } = input;
  const holdOf = holds({ judged, pods, planReady, delays });
  const held = pods
    .filter(({ releasedMs }) => releasedMs === undefined)
    .map((pod) => ({ pod, ...within(holdOf(pod), pod.createdMs + delays.limitMs) }));
  const later = held.filter(({ untilMs }) => untilMs > nowMs).map(({ untilMs }) => untilMs);
  return {
    due: held.filter(({ untilMs }) => untilMs <= nowMs).map(({ pod, reason }) => ({ pod, reason })),
    nextMs: later.length === 0 ? undefined : later.reduce((a, b) => Math.min(a, b)),
  };
}

interface Hold {
  untilMs: number;
  /** Of the release that follows. */
  reason: ReleaseReason;
}

const AT_ONCE = Number.NEGATIVE_INFINITY;

function holds(input: {
  judged: JudgedSpec | undefined;
  pods: readonly OrderedPod[];
  planReady: boolean;
  delays: GateDelays;
}): (pod: OrderedPod) => Hold {
  const { judged, pods, planReady, delays } = input;
  if (judged === undefined) return ({ createdMs }) => ({ untilMs: createdMs + GROUP_GRACE_MS, reason: 'noGroup' });
  if (judged.read === undefined) return () => ({ untilMs: AT_ONCE, reason: 'invalidGroup' });
  if (judged.scheduleOrder.length === 0) return () => ({ untilMs: AT_ONCE, reason: 'noOrder' });
  const turns = turnsOf(judged.scheduleOrder, pods, delays);
  const youngestMs = pods.reduce((latest, { createdMs }) => Math.max(latest, createdMs), AT_ONCE);
  return ({ workload, createdMs, seenMs }) => {
    const turn = turns.get(workload);
    if (turn === undefined) return { untilMs: createdMs + GROUP_GRACE_MS, reason: 'unknownWorkload' };
    const settledMs = Math.min(youngestMs + delays.settleMs, createdMs + MOST_SETTLE_TIMES * delays.settleMs);
    const plannedMs = planReady ? AT_ONCE : seenMs + delays.planWaitMs;
    const inOrder = planReady ? 'order' : 'noPlan';
    return {
      untilMs: Math.max(settledMs, plannedMs, turn.boundMs),
      reason: turn.isWaiting ? 'deadline' : inOrder,
    };
  };
}

/** What the pods of a workload wait for: the workloads before it. */
interface Turn {
  /** When those that are not bound are no longer waited for. */
  boundMs: number;
  /** Some are not bound. */
  isWaiting: boolean;
}

function turnsOf(order: readonly string[], pods: readonly OrderedPod[], { deadlineMs }: GateDelays): Map<string, Turn> {
  const byWorkload = Map.groupBy(pods, ({ workload }) => workload);
  const turns = new Map<string, Turn>();
  let turn: Turn = { boundMs: AT_ONCE, isWaiting: false };
  for (const workload of order) {
    turns.set(workload, turn);
    const waiting = (byWorkload.get(workload) ?? []).filter(({ bound }) => !bound);
    turn = {
      boundMs: waiting.reduce(
        (latest, { releasedMs = Number.POSITIVE_INFINITY }) => Math.max(latest, releasedMs + deadlineMs),
        turn.boundMs,
      ),
      isWaiting: turn.isWaiting || waiting.length > 0,
    };
  }
  return turns;
}

function within({ untilMs, reason }: Hold, limitMs: number): Hold {
  return untilMs > limitMs ? { untilMs: limitMs, reason: 'deadline' } : { untilMs, reason };
}

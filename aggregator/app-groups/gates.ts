import { type GatedPod, GatedPods, isGated, NO_GROUP } from '#aggregator/app-groups/gated-pods.ts';
import type { GroupState } from '#aggregator/app-groups/group-state.ts';
import { removeGate } from '#aggregator/app-groups/remove-gate.ts';
import { RetryTimes } from '#aggregator/app-groups/retry-times.ts';
import { findStrayPods } from '#aggregator/app-groups/stray-gates.ts';
import type { AggregatorMetrics } from '#aggregator/metrics.ts';
import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { type GateDelays, type ReleaseReason, releases } from '#core/appgroup/gates.ts';
import { AppError } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { pacedTask } from '#runtime/paced-task.ts';
import { pacedWarning } from '#runtime/paced-warning.ts';

/** Removes the gate netaware.io/ordered from pods when it is their turn, or when they have waited long enough. */
export interface Gates {
  podChanged(before: Pod | undefined, after: Pod | undefined, listing: boolean): void;
  groupChanged(): void;
  stop(): Promise<void>;
}

/** Two hundred pods a second, twenty at once. */
const TURN_MS = 100;
const MOST_PER_TURN = 20;
const STRAYS_MS = 30_000;

/** `noLabel`: the pod does not say to which workload of which group it belongs. */
type Reason = ReleaseReason | 'noLabel';
const OUT_OF_TURN: ReadonlySet<Reason> = new Set(['deadline', 'noGroup', 'invalidGroup', 'unknownWorkload', 'noLabel']);

interface Release {
  pod: Pick<GatedPod, 'uid' | 'namespace' | 'name'>;
  reason: Reason;
}

export interface GatesOptions {
  client: KubernetesClient;
  state: GroupState;
  /** Whether the pods of the group ("namespace/name") need not wait for a plan. */
  planReady: (group: string) => boolean;
  delays: GateDelays;
  metrics: Pick<AggregatorMetrics, 'gatedPods' | 'gatesReleased'>;
  logger: Logger;
  strayIntervalMs?: number;
}

export function keepGates(options: GatesOptions): Gates {
  const { client, state, metrics, logger, strayIntervalMs = STRAYS_MS } = options;
  const pods = new GatedPods();
  const retries = new RetryTimes();
  const tellReleased = pacedWarning(logger, 'removed the gate of a pod whose turn did not come');
  const tellFailed = pacedWarning(logger, 'cannot remove the gate of a pod, will go on trying');
  let alarm: NodeJS.Timeout | undefined;

  const looks = pacedTask(async () => {
    if (!state.synced()) return 'done';
    const nowMs = performance.now();
    const withGated = pods.withGated();
    metrics.gatedPods.set(withGated.flatMap(([, members]) => members.filter(isGated)).length);
    const { due, nextMs } = dueReleases(options, withGated, nowMs);
    const ready = due.filter(({ pod }) => retries.againMs(pod.uid) <= nowMs);
    await Promise.all(ready.slice(0, MOST_PER_TURN).map(release));
    if (ready.length > MOST_PER_TURN) return 'again';
    const retriesMs = due.map(({ pod }) => retries.againMs(pod.uid)).filter((againMs) => againMs > nowMs);
    wakeAt(Math.min(nextMs, ...retriesMs));
    return 'done';
  }, TURN_MS);

  function wakeAt(atMs: number): void {
    clearTimeout(alarm);
    if (atMs !== Number.POSITIVE_INFINITY) alarm = setTimeout(looks.request, Math.max(0, atMs - performance.now()));
  }

  async function release({ pod, reason }: Release): Promise<void> {
    const { uid, namespace, name } = pod;
    try {
      await removeGate(client, pod);
      pods.released(uid, performance.now());
      retries.succeeded(uid);
      metrics.gatesReleased.inc({ reason });
      if (OUT_OF_TURN.has(reason)) tellReleased(reason, { namespace, pod: name });
    } catch (err) {
      retries.failed(uid, performance.now());
      // It was deleted, and the watch has not told yet.
      if (!(err instanceof AppError && err.code === 'NOT_FOUND')) tellFailed('', { namespace, pod: name, err });
    }
  }

  async function releaseStrays(): Promise<'done'> {
    try {
      for (const pod of await findStrayPods(client)) {
        if (!(pod.isMember && mayBeWatched())) await release({ pod, reason: 'noLabel' });
      }
    } catch (err) {
      logger.warn({ err }, 'cannot look for gated pods without an AppGroup, will go on trying');
    }
    return 'done';
  }
  /** Pods with scheduler-plugins' labels only: those that are told of wait like others. */
  function mayBeWatched(): boolean {
    return !state.synced() || state.watchesTheirPods();
  }
  const strays = pacedTask(releaseStrays, strayIntervalMs);
  const lookingForStrays = setInterval(strays.request, strayIntervalMs);
  strays.request();

  return {
    podChanged: (before, after, listing) => {
      pods.change(before, after, { nowMs: performance.now(), wallMs: Date.now(), listing });
      looks.request();
    },
    groupChanged: looks.request,
    stop: async () => {
      clearInterval(lookingForStrays);
      await Promise.all([looks.stop(), strays.stop()]);
      clearTimeout(alarm);
    },
  };
}

function dueReleases(
  { state, planReady, delays }: GatesOptions,
  withGated: readonly [group: string, pods: readonly GatedPod[]][],
  nowMs: number,
): { due: Release[]; nextMs: number } {
  if (withGated.length === 0) return { due: [], nextMs: Number.POSITIVE_INFINITY };
  const groups = [
    // Neither order nor plan is kept for theirs: their pods have nothing to wait for.
    ...state.theirs().map(({ metadata, judged }) => ({ metadata, judged: { ...judged, scheduleOrder: [] } })),
    ...state.groups(),
  ];
  const judged = new Map(groups.map((group) => [namespacedName(group.metadata), group.judged]));
  const outcomes = withGated.map(([group, members]) =>
    group === NO_GROUP
      ? { due: members.filter(isGated).map((pod): Release => ({ pod, reason: 'noLabel' })), nextMs: undefined }
      : releases({ judged: judged.get(group), pods: members, planReady: planReady(group), delays, nowMs }),
  );
  return {
    due: outcomes.flatMap(({ due }) => due),
    nextMs: Math.min(...outcomes.map(({ nextMs = Number.POSITIVE_INFINITY }) => nextMs)),
  };
}

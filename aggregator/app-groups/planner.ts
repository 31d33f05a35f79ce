import { setImmediate } from 'node:timers/promises';
import type { GroupState } from '#aggregator/app-groups/group-state.ts';
import type { AggregatorMetrics } from '#aggregator/metrics.ts';
import { PLACED_NODES_LIMIT } from '#core/api/app-group.ts';
import { isStaying, type Node, type Pod } from '#core/api/kubernetes.ts';
import type { KnownGroup } from '#core/appgroup/known-group.ts';
import { planHolds } from '#core/appgroup/plan/holds.ts';
import { planPlacement } from '#core/appgroup/plan/plan.ts';
import {
  isSameOutcome,
  NOT_PLANNED,
  outcomeInStatus,
  type PlanOutcome,
  planOutcome,
} from '#core/appgroup/plan/plan-status.ts';
import type { UsageIndex } from '#core/resources/usage-index.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';
import { inTurns } from '#runtime/in-turns.ts';
import type { Logger } from '#runtime/logger.ts';
import { pacedTask } from '#runtime/paced-task.ts';

/** What is planned for each AppGroup. */
export interface Planner {
  /** The group, or a pod of it, changed; undefined: all may have. */
  changed(group: string | undefined): void;
  /** What was planned for this generation of the group; undefined as long as nothing was. */
  outcome(group: string, generation: number | undefined): PlanOutcome | undefined;
  /** The same, where it was planned with all pods that wait; undefined where some have come since. */
  covering(group: string, generation: number | undefined): PlanOutcome | undefined;
  stop(): Promise<void>;
}

/** The cluster that is planned with. */
export interface PlanGround {
  matrix: LinkMatrix;
  nodes: readonly Node[];
  usage: UsageIndex;
  topologyGeneration: number | undefined;
}

/** Pods of a group come one shortly after the other. */
const GATHER_MS = 50;
/** Plans with pods that are not placed yet are looked at so often, as nodes and links change. */
const REVIEW_MS = 2000;
/** Half of the time for which the extender follows a plan. */
const RENEWED_MS = 300_000;
/** Looking at the same group again and again takes no more than this share of the process. */
const BUSY_SHARE = 0.1;
/** For one plan, with what else is done meanwhile. */
const BUDGET_MS = 1000;
const SEED = 1;

interface Planned extends PlanOutcome {
  generation: number | undefined;
  /** Of the pods that it is of. */
  uids: ReadonlySet<string | undefined>;
  /** Whether some of them had no node yet. */
  waiting: boolean;
  /** Not looked at again before; of `performance.now()`. */
  notBeforeMs: number;
}

/**
 * Plans each group anew where its pods are no longer those of its plan, or the plan cannot go on. Works in pieces, between
 * which everything else has its turn. `ground` is undefined until the cluster was read; `planned` is called with each new outcome,
 * and is told whether pods wait for it; `looked` after each look at a group, whatever came of it.
 */
export function createPlanner(options: {
  state: GroupState;
  ground: () => PlanGround | undefined;
  planned: (group: string, isAwaited: boolean) => void;
  looked: () => void;
  metrics: AggregatorMetrics;
  logger: Logger;
}): Planner {
  const { state, metrics, logger } = options;
  const outcomes = new Map<string, Planned>();
  const due = new Set<string>();
  const postponed = new Map<string, NodeJS.Timeout>();
  let stopped = false;
  const isStopped = () => stopped;

  async function planAll(): Promise<'done' | 'again'> {
    for (const group of [...due]) {
      const ground = state.synced() && !stopped ? options.ground() : undefined;
      if (ground === undefined) return 'done';
      due.delete(group);
      try {
        await look(group, ground);
      } catch (err) {
        logger.error({ group, err }, 'cannot plan the pods of an AppGroup');
      }
      options.looked();
      await setImmediate();
    }
    return due.size > 0 ? 'again' : 'done';
  }

  async function look(group: string, ground: PlanGround): Promise<void> {
    const known = state.isTheirs(group) ? undefined : state.known().get(group);
    if (known === undefined) {
      outcomes.delete(group);
      return;
    }
    const { generation } = known.group.metadata;
    const members = state.pods(group).filter(isStaying).toSorted(byPodName);
    const waiting = members.some(({ spec }) => !spec.nodeName);
    const uids = new Set(members.map(({ metadata }) => metadata.uid));
    const before = outcomeBefore(known, outcomes.get(group));
    const keep = (outcome: PlanOutcome, notBeforeMs = 0) => {
      const last = outcomes.get(group);
      outcomes.set(group, { ...outcome, generation, uids, waiting, notBeforeMs });
      const isNew = last?.plan !== outcome.plan || last?.verdict.message !== outcome.verdict.message;
      if (isNew) options.planned(group, waiting && outcome.plan !== undefined);
    };

    const reason = notPlanned(members.length, ground.matrix);
    if (reason !== undefined) {
      keep(reason);
      return;
    }
    const startedAtMs = performance.now();
    const waitMs = (outcomes.get(group)?.notBeforeMs ?? 0) - startedAtMs;
    if (waitMs > 0) {
      later(group, waitMs);
      return;
    }
    const input = {
      known,
      pods: members,
      others: { pods: () => state.podsOutside(group), groups: state.known() },
      usages: ground.usage.usages(ground.nodes),
      matrix: ground.matrix,
    };
    const going = before?.plan !== undefined && !(waiting && isOld(before.plan.calculatedAt)) ? before : undefined;
    const notBeforeMs = () => performance.now() + (performance.now() - startedAtMs) / BUSY_SHARE;
    if (going?.plan !== undefined) {
      const holds = await inTurns(planHolds(going.plan, input), isStopped);
      if (holds) keep(going, notBeforeMs());
      if (holds !== false) return;
    }
    const planningAtMs = performance.now();
    const outOfTime = () => performance.now() - planningAtMs > BUDGET_MS;
    const plan = await inTurns(planPlacement({ ...input, seed: SEED, outOfTime }), isStopped);
    if (plan === undefined) return;
    metrics.plans.inc({ outcome: plan.unassigned.length === 0 ? 'whole' : 'partial' });
    metrics.planSeconds.observe((performance.now() - planningAtMs) / 1000);
    const { topologyGeneration } = ground;
    const outcome = planOutcome(plan, { pods: members, calculatedAt: new Date().toISOString(), topologyGeneration });
    // A plan that leaves pods out never holds. Where it comes out the same again, it is not told anew.
    const isSame = going !== undefined && isSameOutcome(going, outcome);
    keep(isSame ? going : outcome, notBeforeMs());
  }

  const task = pacedTask(planAll, GATHER_MS);
  function changed(group: string | undefined): void {
    if (group === undefined) for (const name of [...state.known().keys(), ...outcomes.keys()]) due.add(name);
    else due.add(group);
    task.request();
  }
  function later(group: string, waitMs: number): void {
    if (postponed.has(group)) return;
    const again = () => {
      postponed.delete(group);
      changed(group);
    };
    postponed.set(group, setTimeout(again, waitMs));
  }
  const reviews = setInterval(() => {
    for (const [group, { waiting, verdict }] of outcomes) {
      if (waiting || verdict.reason === NOT_PLANNED.networkUnknown.verdict.reason) due.add(group);
    }
    if (due.size > 0) task.request();
  }, REVIEW_MS);

  function outcome(group: string, generation: number | undefined): PlanOutcome | undefined {
    const planned = outcomes.get(group);
    return planned?.generation === generation ? planned : undefined;
  }

  return {
    changed,
    outcome,
    covering: (group, generation) => {
      const waiting = state.pods(group).filter((pod) => isStaying(pod) && !pod.spec.nodeName);
      const uids = outcomes.get(group)?.uids;
      return waiting.every(({ metadata }) => uids?.has(metadata.uid)) ? outcome(group, generation) : undefined;
    },
    stop: async () => {
      stopped = true;
      clearInterval(reviews);
      for (const timer of postponed.values()) clearTimeout(timer);
      await task.stop();
    },
  };
}

function notPlanned(pods: number, matrix: LinkMatrix): PlanOutcome | undefined {
  if (pods === 0) return NOT_PLANNED.noPods;
  if (pods > PLACED_NODES_LIMIT) return NOT_PLANNED.tooManyPods;
  return matrix.nodes.length > 1 && !matrix.knowsLinks() ? NOT_PLANNED.networkUnknown : undefined;
}

/** What was planned for the same spec: by this process, or by the one before it. */
function outcomeBefore({ group }: KnownGroup, planned: Planned | undefined): PlanOutcome | undefined {
  const { generation } = group.metadata;
  return planned?.generation === generation ? planned : outcomeInStatus(group.status, generation);
}

/** The same pods make the same plan, in whatever order the watch told of them last. */
function byPodName(a: Pod, b: Pod): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function isOld(calculatedAt: string): boolean {
  // Also where the clock was set back.
  return Math.abs(Date.now() - Date.parse(calculatedAt)) > RENEWED_MS;
}

import { setImmediate } from 'node:timers/promises';
import type { GroupState } from '#aggregator/app-groups/group-state.ts';
import type { AggregatorMetrics } from '#aggregator/metrics.ts';
import { PLACED_NODES_LIMIT } from '#core/api/app-group.ts';
import type { Node } from '#core/api/kubernetes.ts';
import type { KnownGroup } from '#core/appgroup/known-group.ts';
import { planHolds } from '#core/appgroup/plan/holds.ts';
import { type Plan, type PlanInput, planPlacement } from '#core/appgroup/plan/plan.ts';
import { NOT_PLANNED, outcomeInStatus, type PlanOutcome, planOutcome } from '#core/appgroup/plan/plan-status.ts';
import { isPlanned } from '#core/appgroup/plan/replica.ts';
import { finish } from '#core/pieces.ts';
import type { UsageIndex } from '#core/resources/usage-index.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';
import type { Logger } from '#runtime/logger.ts';
import { pacedTask } from '#runtime/paced-task.ts';

/** What is planned for each AppGroup. */
export interface Planner {
  /** The group, or a pod of it, changed; undefined: all may have. */
  changed(group: string | undefined): void;
  /** What was planned for this generation of the group; undefined as long as nothing was. */
  outcome(group: string, generation: number | undefined): PlanOutcome | undefined;
  /** The same, where nothing has changed since; undefined while it may be planned anew. */
  settled(group: string, generation: number | undefined): PlanOutcome | undefined;
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
/** Planning the same group again and again takes no more than this share of the process. */
const BUSY_SHARE = 0.1;
/** For one plan, with what else is done meanwhile. */
const BUDGET_MS = 1000;
const SEED = 1;

interface Planned extends PlanOutcome {
  generation: number | undefined;
  /** Whether pods are there that have no node yet. */
  waiting: boolean;
  /** Not planned again before; of `performance.now()`. */
  notBeforeMs: number;
}

/**
 * Plans each group anew where its pods are no longer those of its plan, or the plan cannot go on. Works in pieces, between
 * which everything else has its turn. `ground` is undefined until the cluster was read; `planned` is called with each new outcome,
 * and is told whether pods wait for it.
 */
export function createPlanner(options: {
  state: GroupState;
  ground: () => PlanGround | undefined;
  planned: (group: string, isAwaited: boolean) => void;
  metrics: AggregatorMetrics;
  logger: Logger;
}): Planner {
  const { state, metrics, logger } = options;
  const outcomes = new Map<string, Planned>();
  const due = new Set<string>();
  const postponed = new Map<string, NodeJS.Timeout>();
  let busyWith: string | undefined;
  let stopped = false;

  async function planAll(): Promise<'done' | 'again'> {
    for (const group of due) {
      const ground = state.synced() && !stopped ? options.ground() : undefined;
      if (ground === undefined) return 'done';
      due.delete(group);
      busyWith = group;
      try {
        await look(group, ground);
      } catch (err) {
        logger.error({ group, err }, 'cannot plan the pods of an AppGroup');
      }
      busyWith = undefined;
    }
    return 'done';
  }

  async function look(group: string, ground: PlanGround): Promise<void> {
    const known = state.isTheirs(group) ? undefined : state.known().get(group);
    if (known === undefined) {
      outcomes.delete(group);
      return;
    }
    const { generation } = known.group.metadata;
    const members = state.pods(group).filter(isPlanned);
    const waiting = members.some(({ spec }) => !spec.nodeName);
    const before = outcomeBefore(known, outcomes.get(group));
    const keep = (outcome: PlanOutcome, notBeforeMs = 0) => {
      const last = outcomes.get(group);
      outcomes.set(group, { ...outcome, generation, waiting, notBeforeMs });
      const isNew = last?.plan !== outcome.plan || last?.verdict.message !== outcome.verdict.message;
      if (isNew) options.planned(group, waiting && outcome.plan !== undefined);
    };

    const reason = notPlanned(members.length, ground.matrix);
    if (reason !== undefined) {
      keep(reason);
      return;
    }
    const input = {
      known,
      pods: members,
      others: { pods: () => state.podsOutside(group), groups: state.known() },
      usages: ground.usage.usages(ground.nodes),
      matrix: ground.matrix,
    };
    if (before?.plan !== undefined && !(waiting && isOld(before.plan.calculatedAt))) {
      if (finish(planHolds(before.plan, input))) {
        keep(before);
        return;
      }
    }
    const startedAtMs = performance.now();
    const waitMs = (outcomes.get(group)?.notBeforeMs ?? 0) - startedAtMs;
    if (waitMs > 0) {
      later(group, waitMs);
      return;
    }
    const plan = await inPieces({ ...input, seed: SEED, outOfTime: () => performance.now() - startedAtMs > BUDGET_MS });
    if (plan === undefined) return;
    const endedAtMs = performance.now();
    metrics.plans.inc({ outcome: plan.unassigned.length === 0 ? 'whole' : 'partial' });
    metrics.planSeconds.observe((endedAtMs - startedAtMs) / 1000);
    const { topologyGeneration } = ground;
    const outcome = planOutcome(plan, { pods: members, calculatedAt: new Date().toISOString(), topologyGeneration });
    keep(outcome, endedAtMs + (endedAtMs - startedAtMs) / BUSY_SHARE);
  }

  /** Undefined where the planner was stopped meanwhile. */
  async function inPieces(input: PlanInput): Promise<Plan | undefined> {
    const pieces = planPlacement(input);
    while (!stopped) {
      const { done, value } = pieces.next();
      if (done) return value;
      await setImmediate();
    }
    return undefined;
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
    settled: (group, generation) => (due.has(group) || busyWith === group ? undefined : outcome(group, generation)),
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

function isOld(calculatedAt: string): boolean {
  // Also where the clock was set back.
  return Math.abs(Date.now() - Date.parse(calculatedAt)) > RENEWED_MS;
}

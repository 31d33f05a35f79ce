import { setImmediate } from 'node:timers/promises';
import { type GroupState, snapshotOf } from '#aggregator/app-groups/group-state.ts';
import type { PlanGround } from '#aggregator/app-groups/planner.ts';
import type { Advice, AdvisedMove } from '#core/api/advice.ts';
import type { Verdict } from '#core/api/condition.ts';
import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import { worthwhileMoves } from '#core/appgroup/drift.ts';
import { driftVerdict } from '#core/appgroup/drift-verdict.ts';
import type { KnownGroup } from '#core/appgroup/known-group.ts';
import { type LastingMove, LastingMoves } from '#core/appgroup/lasting-moves.ts';
import { membership, placeOf } from '#core/appgroup/placements.ts';
import { filterNodes as withRoom } from '#core/resources/node-filters.ts';
import type { NodeUsage } from '#core/resources/node-usage.ts';
import { filterNodes as withinLimits } from '#core/scoring/filter.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import { inTurns } from '#runtime/in-turns.ts';
import type { Logger } from '#runtime/logger.ts';
import { type PacedTask, pacedTask } from '#runtime/paced-task.ts';

export interface DriftSettings {
  /** Of the group's placement cost. */
  thresholdPercent: number;
  afterSeconds: number;
}

/** Looks for placed pods that would be better off elsewhere. */
export interface DriftWatch extends PacedTask {
  advice(): Advice;
  /** Undefined as long as nobody looked. */
  verdict(group: string): Verdict | undefined;
}

/** Whatever share it is of a small cost: a saving below this cannot be felt. */
const LEAST_SAVING = 0.005;
const INTERVAL_MS = 1000;

export function watchDrift(options: {
  state: GroupState;
  ground: () => PlanGround | undefined;
  settings: DriftSettings;
  logger: Logger;
}): DriftWatch {
  const { state, settings, logger } = options;
  const moves = new LastingMoves();
  const costs = new Map<string, number>();
  let lookedAt: string | undefined;
  const afterMs = settings.afterSeconds * 1000;

  const task = pacedTask(async () => {
    const ground = state.synced() ? options.ground() : undefined;
    if (ground === undefined) return 'done';
    const startedAt = new Date().toISOString();
    const usages = ground.usage.usages(ground.nodes);
    const gone = [...costs.keys()].filter((group) => !state.known().has(group));
    for (const group of gone) {
      costs.delete(group);
      moves.found(group, [], Date.now());
    }
    for (const [group, known] of [...state.known()]) {
      try {
        await look(group, known, ground, usages);
      } catch (err) {
        logger.error({ group, err }, 'cannot look for drift of an AppGroup');
      }
      await setImmediate();
    }
    lookedAt = startedAt;
    return 'done';
  }, INTERVAL_MS);

  async function look(
    group: string,
    { graph }: KnownGroup,
    { matrix }: PlanGround,
    usages: ReadonlyMap<string, NodeUsage>,
  ): Promise<void> {
    const cost = placementCost(graph, state.placed().placements.get(group) ?? new Map(), matrix);
    costs.set(group, cost);
    const threshold = Math.max(LEAST_SAVING, (cost * settings.thresholdPercent) / 100);
    if (cost < threshold) {
      moves.found(group, [], Date.now());
      return;
    }
    const placed = new Map<string, Pod>();
    for (const pod of state.pods(group)) if (placeOf(pod)) placed.set(namespacedName(pod.metadata), pod);
    const snapshot = snapshotOf(state, matrix);
    const pieces = worthwhileMoves({
      graph,
      pods: [...placed].map(([name, pod]) => ({
        name,
        workload: membership(pod)?.workload ?? '',
        node: pod.spec.nodeName ?? '',
      })),
      matrix,
      threshold,
      fits: (name, node) => {
        const [pod, usage] = [placed.get(name), usages.get(node)];
        if (!pod || !usage || withRoom(pod, [usage]).feasible.length === 0) return false;
        return withinLimits(pod, [node], snapshot, { strategy: 'linear', dependenciesOnly: false }).passed.length > 0;
      },
    });
    moves.found(group, (await inTurns(pieces, () => false)) ?? [], Date.now());
  }

  return {
    ...task,
    advice: () => ({
      moves: moves
        .groups()
        .flatMap((group) => moves.lasting(group, afterMs, Date.now()).map((move) => advised(group, move, costs)))
        .toSorted((a, b) => b.saving - a.saving),
      ...(lookedAt === undefined ? {} : { lookedAt }),
      ...settings,
    }),
    verdict: (group) => (costs.has(group) ? driftVerdict(moves.lasting(group, afterMs, Date.now())) : undefined),
  };
}

function advised(group: string, move: LastingMove, costs: ReadonlyMap<string, number>): AdvisedMove {
  const { pod: key, workload, from, to, saving, sinceMs } = move;
  const [namespace = '', pod = ''] = key.split('/');
  const cost = costs.get(group) ?? 0;
  return {
    namespace,
    pod,
    appGroup: group.slice(namespace.length + 1),
    workload,
    from,
    to,
    saving,
    savingPercent: cost === 0 ? 0 : (100 * saving) / cost,
    since: new Date(sinceMs).toISOString(),
  };
}

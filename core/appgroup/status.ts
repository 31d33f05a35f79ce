import { type AppGroupSpec, type AppGroupStatus, appGroupSpec, PLACED_NODES_LIMIT } from '#core/api/app-group.ts';
import { conditionsOf, observed, type Verdict, verdictIn } from '#core/api/condition.ts';
import { dependencyCycles } from '#core/appgroup/cycles.ts';
import { DRIFT_UNKNOWN } from '#core/appgroup/drift-verdict.ts';
import { buildGraph, type DependencyGraph } from '#core/appgroup/graph.ts';
import { NOT_PLANNED, outcomeInStatus, type PlanOutcome } from '#core/appgroup/plan/plan-status.ts';
import { scheduleOrder } from '#core/appgroup/schedule-order.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';

/** What there is to say of a spec alone. */
export interface JudgedSpec {
  /** None where the spec cannot be read. */
  workloads: readonly string[];
  /** The order in which they are placed; none where the spec wants none, or cannot be read. */
  scheduleOrder: readonly string[];
  verdicts: readonly Verdict[];
  /** Where the spec can be read. */
  read?: { spec: AppGroupSpec; graph: DependencyGraph };
}

/**
 * Judges the spec of an AppGroup as the API server holds it. It can be one that netaware does not follow, although the API server
 * refuses such: where it was stored under an older definition.
 */
export function judgeSpec(found: unknown): JudgedSpec {
  try {
    const spec = parseInput(appGroupSpec, found, 'spec');
    const graph = buildGraph(spec);
    return {
      workloads: graph.workloads,
      scheduleOrder: scheduleOrder(graph, spec.ordering),
      verdicts: [VALID, acyclic(dependencyCycles(graph))],
      read: { spec, graph },
    };
  } catch (err) {
    if (!(err instanceof AppError)) throw err;
    const reason = 'InvalidSpec';
    return {
      workloads: [],
      scheduleOrder: [],
      verdicts: [
        { type: 'Valid', status: 'False', reason, message: err.message },
        { type: 'Acyclic', status: 'Unknown', reason, message: 'the spec cannot be read' },
      ],
    };
  }
}

const VALID: Verdict = { type: 'Valid', status: 'True', reason: 'SpecValid', message: 'the spec can be followed' };

function acyclic(cycles: readonly (readonly string[])[]): Verdict {
  const type = 'Acyclic';
  if (cycles.length === 0) return { type, status: 'True', reason: 'NoCycle', message: 'no dependencies form a circle' };
  const named = cycles.map((workloads) => `"${workloads.join('", "')}"`).join('; ');
  return { type, status: 'False', reason: 'DependencyCycle', message: `depend on each other in a circle: ${named}` };
}

/** A placement cost that has changed by less than both is told as it was: links are measured anew all the time. */
const SAME_COST = 0.001;
const SAME_SHARE = 0.02;

/**
 * The AppGroup's status. `claims`: whether its pods are its own alone; `placed`: for each workload the nodes of its pods;
 * `placementCost`: of these, 0..1, where it is known; `planned`: for this generation, where that was done; `drifted`: where
 * somebody looked. `previous` keeps the times of conditions, and what is the same.
 */
export function appGroupStatusOf(input: {
  judged: JudgedSpec;
  claims: Verdict;
  placed: ReadonlyMap<string, readonly string[]> | undefined;
  placementCost: number | undefined;
  planned: PlanOutcome | undefined;
  drifted: Verdict | undefined;
  generation: number | undefined;
  previous: AppGroupStatus | undefined;
  now: string;
}): AppGroupStatus {
  const { judged, placed, generation, previous, now } = input;
  const planned: PlanOutcome =
    judged.read === undefined
      ? NOT_PLANNED.invalidSpec
      : (input.planned ?? outcomeInStatus(previous, generation) ?? NOT_PLANNED.beingMade);
  const drifted = input.drifted ?? verdictIn(previous?.conditions, DRIFT_UNKNOWN.type) ?? DRIFT_UNKNOWN;
  let room = PLACED_NODES_LIMIT;
  const workloads = judged.workloads.map((name) => {
    const all = placed?.get(name) ?? [];
    const nodes = all.toSorted().slice(0, room);
    room -= nodes.length;
    return { name, replicas: all.length, nodes };
  });
  return {
    ...observed(generation),
    conditions: conditionsOf([...judged.verdicts, input.claims, planned.verdict, drifted], {
      previous: previous?.conditions,
      generation,
      now,
    }),
    scheduleOrder: judged.scheduleOrder.map((workload, position) => ({ workload, index: position + 1 })),
    workloads,
    ...(planned.plan === undefined ? {} : { plan: planned.plan }),
    ...toldCost(input.placementCost, previous?.placementCostPartsPerMillion),
  };
}

function toldCost(
  cost: number | undefined,
  before: number | undefined,
): Pick<AppGroupStatus, 'placementCostPartsPerMillion'> {
  if (cost === undefined) return before === undefined ? {} : { placementCostPartsPerMillion: before };
  const now = Math.round(cost * 1e6);
  const isSame =
    before !== undefined && Math.abs(now - before) <= Math.max(SAME_COST * 1e6, SAME_SHARE * before) && before !== 0;
  return { placementCostPartsPerMillion: isSame ? before : now };
}

import { type AppGroupSpec, type AppGroupStatus, appGroupSpec, PLACED_NODES_LIMIT } from '#core/api/app-group.ts';
import { type Condition, conditionsOf, observed, type Verdict } from '#core/api/condition.ts';
import { dependencyCycles } from '#core/appgroup/cycles.ts';
import { buildGraph, type DependencyGraph } from '#core/appgroup/graph.ts';
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

/**
 * The AppGroup's status. `claims`: whether its pods are its own alone; `placed`: for each workload the nodes of its pods; `previous`
 * keeps the times of conditions.
 */
export function appGroupStatusOf(input: {
  judged: JudgedSpec;
  claims: Verdict;
  placed: ReadonlyMap<string, readonly string[]> | undefined;
  generation: number | undefined;
  previous: readonly Condition[] | undefined;
  now: string;
}): AppGroupStatus {
  const { judged, claims, placed, generation, previous, now } = input;
  let room = PLACED_NODES_LIMIT;
  const workloads = judged.workloads.map((name) => {
    const all = placed?.get(name) ?? [];
    const nodes = all.toSorted().slice(0, room);
    room -= nodes.length;
    return { name, replicas: all.length, nodes };
  });
  return {
    ...observed(generation),
    conditions: conditionsOf([...judged.verdicts, claims], { previous, generation, now }),
    scheduleOrder: judged.scheduleOrder.map((workload, position) => ({ workload, index: position + 1 })),
    workloads,
  };
}

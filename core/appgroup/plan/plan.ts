import type { Assignment } from '#core/api/app-group.ts';
import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import type { KnownGroup } from '#core/appgroup/known-group.ts';
import { CallCosts } from '#core/appgroup/plan/call-costs.ts';
import { construct, startsOf } from '#core/appgroup/plan/construct.ts';
import { improve } from '#core/appgroup/plan/improve.ts';
import { Layout } from '#core/appgroup/plan/layout.ts';
import { lowerBound } from '#core/appgroup/plan/lower-bound.ts';
import { rearrange, worthOf } from '#core/appgroup/plan/rearrange.ts';
import { countByWorkload, type Replica, replicasOf } from '#core/appgroup/plan/replica.ts';
import { Room } from '#core/appgroup/plan/room.ts';
import { type Others, withinLimits } from '#core/appgroup/plan/within-limits.ts';
import { trafficOrder } from '#core/appgroup/traffic-order.ts';
import type { Pieces } from '#core/pieces.ts';
import type { NodeUsage } from '#core/resources/node-usage.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

/** So many layouts are started from different nodes: the fewer, the longer each takes. Of those that are, the better ones are improved. */
const STARTED = { least: 4, most: 8 };
const IMPROVED = { least: 2, most: 8 };
/** Replicas and nodes, multiplied, of all layouts that are improved. */
const AFFORDABLE_SIZE = 7000;

export interface PlanInput {
  known: KnownGroup;
  /** The group's pods. Those that have a node stay there; the others are planned. */
  pods: readonly Pod[];
  others: Others;
  /** By node name: room, taints and labels; a node without is not planned with. */
  usages: ReadonlyMap<string, NodeUsage>;
  matrix: LinkMatrix;
  seed: number;
  /** True when it is time to come to an end with the best plan so far. */
  outOfTime(): boolean;
}

export interface Plan {
  /** Of all pods that have a place, those that stay first; replicas of a workload are numbered from 0. */
  assignments: Assignment[];
  /** Pods that fit nowhere, as "namespace/name". */
  unassigned: string[];
  /** Placement cost of the group when it is placed so, 0..1. */
  cost: number;
  /** No placement can cost less, as the nodes and the pods that stay are. */
  lowerBound: number;
}

/**
 * A node for each pod of a group, all together, so that the placement cost of the group is as low as can be found: workloads
 * in the order of traffic, each replica on the cheapest node with room, started from several nodes; then moves and swaps as long as they
 * help, and parts of it arranged anew. Keeps room (CPU, memory, pods), taints, node selectors, required node affinity and the
 * AppGroup's limits. What else kube-scheduler checks (pod affinity, spread, volumes) it does not look at: a pod that cannot go where it is planned is placed as without a plan. The same input gives
 * the same plan, where time is not short.
 */
export function* planPlacement(input: PlanInput): Pieces<Plan> {
  const { known, matrix } = input;
  const usages = matrix.nodes.map(({ name }) => input.usages.get(name));
  const replicas = yield* replicasOf(input.pods, known.graph, matrix, usages);
  yield;
  const order = trafficOrder(known.graph);
  // What can be nowhere takes no part.
  const placeable = replicas.filter(({ node, allowed }) => node !== undefined || allowed.includes(1));
  const calls = new CallCosts(known.graph, matrix, countByWorkload(placeable));
  const newLayout = () =>
    new Layout({ matrix, replicas: placeable.map((each) => ({ ...each })), room: new Room(usages), calls });
  const layout = yield* bestLayout(newLayout, order, input);
  const cost = placementCost(known.graph, placedIn(layout), matrix);
  yield;
  const bound = lowerBound(layout, known.graph, new Room(usages));
  const assigned = new Set(layout.replicas.filter(({ node }) => node !== undefined).map(({ pod }) => pod));
  return {
    assignments: assignmentsOf(layout, order),
    unassigned: replicas
      .filter(({ pod, fixed }) => !fixed && !assigned.has(pod))
      .map(({ pod }) => namespacedName(pod.metadata)),
    cost,
    // Rounding must not make the bound exceed what was found.
    lowerBound: Math.min(bound, cost),
  };
}

/** The best of several starts, improved and rearranged. */
function* bestLayout(newLayout: () => Layout, order: readonly string[], input: PlanInput): Pieces<Layout> {
  const { known, others, seed, outOfTime } = input;
  const withinOf = (layout: Layout) => withinLimits(layout, known, others);
  const started: Layout[] = [];
  const first = newLayout();
  const affordable = Math.floor(AFFORDABLE_SIZE / (first.replicas.length * first.matrix.nodes.length));
  const most = within(2 * affordable, STARTED);
  for (const start of startsOf(first, order, { seed, most })) {
    const layout = newLayout();
    const isOver = () => started.length > 0 && outOfTime();
    if (isOver() || !(yield* construct(layout, order, start, withinOf(layout), isOver))) break;
    started.push(layout);
  }
  const improved = started.toSorted(byWorth).slice(0, within(affordable, IMPROVED));
  for (const [position, layout] of improved.entries()) {
    yield* improve(layout, withinOf(layout), outOfTime);
    yield* rearrange(layout, { within: withinOf(layout), seed: seed + position, outOfTime });
  }
  const [best] = improved.toSorted(byWorth) as [Layout];
  return best;
}

function within(count: number, { least, most }: { least: number; most: number }): number {
  return Math.max(least, Math.min(most, count));
}

/** What has fewer replicas without a place first, then what costs less. */
function byWorth(one: Layout, other: Layout): number {
  const [a, b] = [worthOf(one), worthOf(other)];
  return a.unplaced - b.unplaced || a.cost - b.cost;
}

/** For each workload the names of the nodes of its replicas that have a place. */
function placedIn({ byWorkload, matrix }: Layout): Map<string, string[]> {
  const nodes = (replicas: readonly Replica[]) =>
    replicas.flatMap(({ node }) => (node === undefined ? [] : [matrix.nodes[node]?.name ?? '']));
  return new Map([...byWorkload].map(([workload, replicas]) => [workload, nodes(replicas)]));
}

function assignmentsOf(layout: Layout, order: readonly string[]): Assignment[] {
  return order.flatMap((workload) =>
    (layout.byWorkload.get(workload) ?? [])
      .filter(({ node }) => node !== undefined)
      .toSorted((a, b) => Number(b.fixed) - Number(a.fixed))
      .map(({ node }, replica) => ({ workload, replica, node: layout.matrix.nodes[node as number]?.name ?? '' })),
  );
}

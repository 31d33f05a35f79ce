import type { Assignment } from '#core/api/app-group.ts';
import { namespacedName, type Pod } from '#core/api/kubernetes.ts';
import type { KnownGroup } from '#core/appgroup/known-group.ts';
import { cheapestNode, improve } from '#core/appgroup/plan/improve.ts';
import { Layout, type Replica } from '#core/appgroup/plan/layout.ts';
import { lowerBound } from '#core/appgroup/plan/lower-bound.ts';
import { groupReplicas } from '#core/appgroup/plan/replicas.ts';
import { type Others, type WithinLimits, withinLimits } from '#core/appgroup/plan/within-limits.ts';
import { trafficOrder } from '#core/appgroup/traffic-order.ts';
import type { Pieces } from '#core/pieces.ts';
import { createRandom } from '#core/random.ts';
import type { NodeUsage } from '#core/resources/node-usage.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

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

/** Starts from so many different nodes. */
const MOST_STARTS = 8;

/**
 * A node for each pod of a group, all together, so that the placement cost of the group is as low as can be found: workloads
 * in the order of traffic, each replica on the cheapest node with room, started from several nodes; then moves and swaps as long as they
 * help. Keeps room (CPU, memory, pods), taints, node selectors, required node affinity and the AppGroup's limits. What else
 * kube-scheduler checks (pod affinity, spread, volumes) it does not look at: a pod that cannot go where it is planned is placed as without a plan. The same input gives
 * the same plan, where time is not short.
 */
export function* planPlacement(input: PlanInput): Pieces<Plan> {
  const { known, matrix, outOfTime } = input;
  const { replicas, usages } = groupReplicas(input);
  yield;
  const order = trafficOrder(known.graph);
  const newLayout = () =>
    new Layout({ graph: known.graph, matrix, replicas: replicas.map((replica) => ({ ...replica })), usages });
  let best: { layout: Layout; placed: number; cost: number } | undefined;
  for (const start of startsOf(newLayout(), order, input.seed)) {
    if (best !== undefined && outOfTime()) break;
    const layout = newLayout();
    const within = withinLimits(layout, known, input.others);
    yield* construct(layout, order, start, within);
    yield* improve(layout, within, outOfTime);
    const placed = layout.replicas.filter(({ node }) => node !== undefined).length;
    const cost = layout.cost();
    if (best === undefined || placed > best.placed || (placed === best.placed && cost < best.cost)) {
      best = { layout, placed, cost };
    }
    yield;
  }
  const { layout, cost } = best as NonNullable<typeof best>;
  const bound = lowerBound(layout);
  return {
    assignments: assignmentsOf(layout, order),
    unassigned: layout.replicas
      .filter(({ node, fixed }) => node === undefined && !fixed)
      .map(({ pod }) => namespacedName(pod.metadata)),
    cost,
    // Rounding must not make the bound exceed what was found.
    lowerBound: Math.min(bound, cost),
  };
}

/**
 * The nodes to start from: none where pods that stay draw the others; else the emptiest node of each place that takes the first
 * replica, of the seed's choice where there are many places.
 */
function startsOf(layout: Layout, order: readonly string[], seed: number): (number | undefined)[] {
  const isAnchored = layout.replicas.some(({ fixed, node }) => fixed && node !== undefined);
  const first = firstOf(layout, order);
  if (isAnchored || first === undefined) return [undefined];
  const fitting = [...layout.matrix.nodes.keys()].filter((node) => layout.fits(first, node));
  if (fitting.length <= MOST_STARTS) return fitting.length === 0 ? [undefined] : fitting;
  const byPlace = new Map<number, number>();
  for (const node of fitting) {
    const place = layout.matrix.places[node] as number;
    const before = byPlace.get(place);
    if (before === undefined || layout.freeShare(node) > layout.freeShare(before)) byPlace.set(place, node);
  }
  const random = createRandom(seed);
  const starts = [...byPlace.values()]
    .map((node) => ({ node, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .slice(0, MOST_STARTS)
    .map(({ node }) => node);
  return starts;
}

function firstOf(layout: Layout, order: readonly string[]): Replica | undefined {
  return order.flatMap((workload) => layout.byWorkload.get(workload) ?? []).find(({ fixed }) => !fixed);
}

function* construct(
  layout: Layout,
  order: readonly string[],
  start: number | undefined,
  within: WithinLimits,
): Pieces<void> {
  const first = firstOf(layout, order);
  if (first !== undefined && start !== undefined) layout.put(first, start);
  for (const workload of order) {
    const waiting = (layout.byWorkload.get(workload) ?? []).filter(({ fixed, node }) => !fixed && node === undefined);
    if (waiting.length === 0) continue;
    // Where nothing that it talks to has a place, near the node that the layout was started from.
    const costs =
      layout.costs(workload) ?? (start === undefined ? undefined : layout.matrix.vector('cost', 'to', start));
    for (const replica of waiting) {
      layout.put(replica, cheapestNode(layout, replica, costs, within));
      yield;
    }
  }
}

function assignmentsOf(layout: Layout, order: readonly string[]): Assignment[] {
  return order.flatMap((workload) =>
    (layout.byWorkload.get(workload) ?? [])
      .filter(({ node }) => node !== undefined)
      .toSorted((a, b) => Number(b.fixed) - Number(a.fixed))
      .map(({ node }, replica) => ({ workload, replica, node: layout.matrix.nodes[node as number]?.name ?? '' })),
  );
}

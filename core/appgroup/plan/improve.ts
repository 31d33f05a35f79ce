import type { Layout, Replica } from '#core/appgroup/plan/layout.ts';
import type { WithinLimits } from '#core/appgroup/plan/within-limits.ts';
import type { Pieces } from '#core/pieces.ts';

/** Differences below this are rounding. */
const EPSILON = 1e-9;
const MOST_ROUNDS = 20;
/** Swaps that are looked at in one round. */
const MOST_SWAPS = 400;

/**
 * The cheapest node with room for the replica, by the given costs (all equal where undefined). Of equal ones that with the fewest
 * replicas of the same workload, then the emptiest, then the first.
 */
export function cheapestNode(
  layout: Layout,
  replica: Replica,
  costs: Float64Array | undefined,
  within: WithinLimits,
): number | undefined {
  const keeps = within(replica);
  const siblings = new Map<number, number>();
  for (const { node } of layout.byWorkload.get(replica.workload) ?? []) {
    if (node !== undefined) siblings.set(node, (siblings.get(node) ?? 0) + 1);
  }
  let best: { node: number; cost: number; siblings: number; free: number } | undefined;
  for (let node = 0; node < replica.allowed.length; node++) {
    const cost = costs?.[node] ?? 0;
    if (best !== undefined && cost > best.cost + EPSILON) continue;
    if (!layout.fits(replica, node) || keeps?.(node) === false) continue;
    const candidate = { node, cost, siblings: siblings.get(node) ?? 0, free: layout.freeShare(node) };
    if (best === undefined || isBetter(candidate, best)) best = candidate;
  }
  return best?.node;
}

function isBetter(
  a: { cost: number; siblings: number; free: number },
  b: { cost: number; siblings: number; free: number },
): boolean {
  if (Math.abs(a.cost - b.cost) > EPSILON) return a.cost < b.cost;
  if (a.siblings !== b.siblings) return a.siblings < b.siblings;
  return a.free > b.free + EPSILON;
}

/** Moves and swaps replicas as long as that makes the layout cheaper. */
export function* improve(layout: Layout, within: WithinLimits, outOfTime: () => boolean): Pieces<void> {
  for (let round = 0; round < MOST_ROUNDS && !outOfTime(); round++) {
    let improved = false;
    for (const workload of layout.byWorkload.keys()) {
      improved = (yield* moveReplicas(layout, workload, within, outOfTime)) || improved;
      if (outOfTime()) return;
    }
    if (!improved) improved = yield* swapReplicas(layout, within, outOfTime);
    if (!improved) return;
  }
}

/** The costs of a workload's nodes do not depend on where its own replicas are. */
function* moveReplicas(
  layout: Layout,
  workload: string,
  within: WithinLimits,
  outOfTime: () => boolean,
): Pieces<boolean> {
  const costs = layout.costs(workload);
  if (costs === undefined) return false;
  let improved = false;
  for (const replica of layout.byWorkload.get(workload) ?? []) {
    const { node: from } = replica;
    if (replica.fixed || from === undefined) continue;
    yield;
    if (outOfTime()) return improved;
    layout.put(replica, undefined);
    const to = cheapestNode(layout, replica, costs, within);
    const isCheaper = to !== undefined && (costs[to] as number) < (costs[from] as number) - EPSILON;
    layout.put(replica, isCheaper ? to : from);
    improved ||= isCheaper;
  }
  return improved;
}

/** Where the nodes that would be cheaper are full: two replicas change places. */
function* swapReplicas(layout: Layout, within: WithinLimits, outOfTime: () => boolean): Pieces<boolean> {
  const movable = layout.replicas.filter(({ fixed, node }) => !fixed && node !== undefined);
  let before = layout.cost();
  let improved = false;
  let looked = 0;
  for (const [position, first] of movable.entries()) {
    for (const second of movable.slice(position + 1)) {
      if (first.workload === second.workload || first.node === second.node) continue;
      yield;
      if (++looked > MOST_SWAPS || outOfTime()) return improved;
      const after = swap(layout, first, second, within) ? layout.cost() : Number.POSITIVE_INFINITY;
      if (after < before - EPSILON) {
        before = after;
        improved = true;
      } else if (after !== Number.POSITIVE_INFINITY) {
        putBoth(layout, first, second.node, second, first.node);
      }
    }
  }
  return improved;
}

/** False, and nothing is changed, where one of them does not fit in the other's place. */
function swap(layout: Layout, first: Replica, second: Replica, within: WithinLimits): boolean {
  const [from, to] = [first.node as number, second.node as number];
  layout.put(first, undefined);
  layout.put(second, undefined);
  if (isPossible(layout, first, to, within)) {
    layout.put(first, to);
    if (isPossible(layout, second, from, within)) {
      layout.put(second, from);
      return true;
    }
  }
  putBoth(layout, first, from, second, to);
  return false;
}

function isPossible(layout: Layout, replica: Replica, node: number, within: WithinLimits): boolean {
  return layout.fits(replica, node) && within(replica)?.(node) !== false;
}

function putBoth(
  layout: Layout,
  first: Replica,
  firstNode: number | undefined,
  second: Replica,
  secondNode: number | undefined,
): void {
  layout.put(first, undefined);
  layout.put(second, undefined);
  layout.put(first, firstNode);
  layout.put(second, secondNode);
}

import type { Layout } from '#core/appgroup/plan/layout.ts';
import type { Replica } from '#core/appgroup/plan/replica.ts';

/** Differences of costs below this are rounding. */
export const EPSILON = 1e-9;

/** Which nodes keep the limits of the AppGroup for the replica; undefined: all. */
export type WithinLimits = (replica: Replica) => ((node: number) => boolean) | undefined;

/**
 * The cheapest node with room for the replica, by the given costs (all equal where undefined), of those that cost at most so
 * much. Of equal ones that with the fewest replicas of the same workload, then the emptiest, then the first.
 */
export function cheapestNode(
  layout: Layout,
  replica: Replica,
  within: WithinLimits,
  costs: Float64Array | undefined,
  atMost = Number.POSITIVE_INFINITY,
): number | undefined {
  let keeps: ReturnType<WithinLimits>;
  let siblings: Map<number, number> | undefined;
  let best: Candidate | undefined;
  let limit = atMost;
  for (let node = 0; node < replica.allowed.length; node++) {
    const cost = costs === undefined ? 0 : (costs[node] as number);
    if (cost > limit || !layout.fits(replica, node)) continue;
    if (siblings === undefined) {
      keeps = within(replica);
      siblings = siblingsOf(layout, replica);
    }
    if (keeps?.(node) === false) continue;
    const candidate = { node, cost, siblings: siblings.get(node) ?? 0, free: layout.room.freeShare(node) };
    if (best !== undefined && !isBetter(candidate, best)) continue;
    best = candidate;
    limit = Math.min(atMost, cost + EPSILON);
  }
  return best?.node;
}

interface Candidate {
  node: number;
  cost: number;
  siblings: number;
  free: number;
}

/** How many replicas of the same workload are on each node. */
function siblingsOf(layout: Layout, { workload }: Replica): Map<number, number> {
  const siblings = new Map<number, number>();
  for (const { node } of layout.byWorkload.get(workload) ?? []) {
    if (node !== undefined) siblings.set(node, (siblings.get(node) ?? 0) + 1);
  }
  return siblings;
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if (Math.abs(a.cost - b.cost) > EPSILON) return a.cost < b.cost;
  if (a.siblings !== b.siblings) return a.siblings < b.siblings;
  return a.free > b.free + EPSILON;
}

import { cheapestNode, EPSILON, type WithinLimits } from '#core/appgroup/plan/cheapest-node.ts';
import type { Layout } from '#core/appgroup/plan/layout.ts';
import type { Replica } from '#core/appgroup/plan/replica.ts';
import type { Pieces } from '#core/pieces.ts';

const MOST_ROUNDS = 50;

/** Moves and swaps replicas as long as that makes the layout cheaper. */
export function* improve(layout: Layout, within: WithinLimits, outOfTime: () => boolean): Pieces<void> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let improved = false;
    for (const step of [moveReplicas, swapReplicas]) {
      for (const workload of layout.byWorkload.keys()) {
        improved = (yield* step(layout, workload, within, outOfTime)) || improved;
        if (outOfTime()) return;
      }
      if (improved) break;
    }
    if (!improved) return;
  }
}

type Step = (layout: Layout, workload: string, within: WithinLimits, outOfTime: () => boolean) => Pieces<boolean>;

/** The costs of a workload's nodes do not depend on where its own replicas are. */
const moveReplicas: Step = function* (layout, workload, within, outOfTime) {
  const costs = layout.costs(workload);
  let improved = false;
  for (const replica of layout.byWorkload.get(workload) ?? []) {
    const { node: from } = replica;
    if (replica.fixed || from === undefined) continue;
    yield;
    if (outOfTime()) return improved;
    const to = cheapestNode(layout, replica, within, costs, (costs[from] as number) - EPSILON);
    if (to === undefined) continue;
    layout.put(replica, to);
    improved = true;
  }
  return improved;
};

/** Where the nodes that would be cheaper are full: a replica of the workload and one of another change places. */
const swapReplicas: Step = function* (layout, workload, within, outOfTime) {
  let improved = false;
  for (const first of layout.byWorkload.get(workload) ?? []) {
    yield;
    if (outOfTime()) return improved;
    for (const second of layout.replicas) {
      // Each pair once, in the order of names.
      if (second.workload <= workload || !isMovable(first) || !isMovable(second)) continue;
      if (first.node !== second.node && swapGain(layout, first, second) > EPSILON) {
        improved = swap(layout, first, second, within) || improved;
      }
    }
  }
  return improved;
};

function isMovable({ fixed, node }: Replica): boolean {
  return !fixed && node !== undefined;
}

/** By how much the weighted cost falls when two replicas of different workloads change places; limits are not looked at. */
function swapGain(layout: Layout, first: Replica, second: Replica): number {
  const [from, to] = [first.node as number, second.node as number];
  const gain = gainOf(layout, first, to) + gainOf(layout, second, from);
  if (gain <= EPSILON || !layout.fits(first, to, second) || !layout.fits(second, from, first)) return 0;
  const pairWeight = layout.calls.pairWeight(first.workload, second.workload);
  if (pairWeight === 0) return gain;
  // Each was taken to join the other where it was; they are as far apart as before.
  const links = layout.calls.links('to', to)[from] as number;
  return gain - pairWeight * (links + (layout.calls.links('from', to)[from] as number));
}

function gainOf(layout: Layout, { workload, node }: Replica, to: number): number {
  const costs = layout.costs(workload);
  const replicas = layout.byWorkload.get(workload)?.length ?? 1;
  return ((costs[node as number] as number) - (costs[to] as number)) / replicas;
}

/** False, and nothing is changed, where limits are against it. */
function swap(layout: Layout, first: Replica, second: Replica, within: WithinLimits): boolean {
  const [from, to] = [first.node as number, second.node as number];
  layout.put(first, undefined);
  layout.put(second, undefined);
  if (within(first)?.(to) !== false) {
    layout.put(first, to);
    if (within(second)?.(from) !== false) {
      layout.put(second, from);
      return true;
    }
    layout.put(first, undefined);
  }
  layout.put(first, from);
  layout.put(second, to);
  return false;
}

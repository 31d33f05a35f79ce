import { cheapestNode, type WithinLimits } from '#core/appgroup/plan/cheapest-node.ts';
import type { Layout } from '#core/appgroup/plan/layout.ts';
import type { Replica } from '#core/appgroup/plan/replica.ts';
import type { Pieces } from '#core/pieces.ts';
import { createRandom } from '#core/random.ts';

/**
 * At most so many nodes to start from: none where pods that stay draw the others; else of those that take the first replica the emptiest of
 * each place, and others; of the seed's choice where there are many.
 */
export function startsOf(
  layout: Layout,
  order: readonly string[],
  { seed, most }: { seed: number; most: number },
): (number | undefined)[] {
  const isAnchored = layout.replicas.some(({ fixed }) => fixed);
  const first = firstOf(layout, order);
  if (isAnchored || first === undefined) return [undefined];
  const fitting = [...layout.matrix.nodes.keys()].filter((node) => layout.fits(first, node));
  const emptiest = new Map<number, number>();
  for (const node of fitting) {
    const place = layout.matrix.places[node] as number;
    const before = emptiest.get(place);
    if (before === undefined || layout.room.freeShare(node) > layout.room.freeShare(before)) emptiest.set(place, node);
  }
  const random = createRandom(seed);
  const shuffled = (nodes: Iterable<number>) =>
    [...nodes]
      .map((node) => ({ node, key: random() }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ node }) => node);
  const starts = new Set([...shuffled(emptiest.values()), ...shuffled(fitting)]);
  return starts.size === 0 ? [undefined] : [...starts].slice(0, most);
}

/**
 * Gives every replica that has no place the cheapest node with room: workloads in the order given, the first replica at `start`.
 * False where that was over before it was done.
 */
export function* construct(
  layout: Layout,
  order: readonly string[],
  start: number | undefined,
  within: WithinLimits,
  isOver: () => boolean,
): Pieces<boolean> {
  const first = firstOf(layout, order);
  if (first !== undefined && start !== undefined) layout.put(first, start);
  for (const workload of order) {
    for (const replica of layout.byWorkload.get(workload) ?? []) {
      if (replica.node !== undefined) continue;
      layout.put(replica, cheapestNode(layout, replica, within, costsOf(layout, workload, start)));
      yield;
      if (isOver()) return false;
    }
  }
  return true;
}

/** Where nothing that it talks to has a place, near the node that the layout was started from. */
function costsOf(layout: Layout, workload: string, start: number | undefined): Float64Array | undefined {
  if (layout.isDrawn(workload)) return layout.costs(workload);
  return start === undefined ? undefined : layout.calls.links('to', start);
}

function firstOf(layout: Layout, order: readonly string[]): Replica | undefined {
  return order.flatMap((workload) => layout.byWorkload.get(workload) ?? []).find(({ fixed }) => !fixed);
}

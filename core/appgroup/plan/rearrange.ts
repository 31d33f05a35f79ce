import { cheapestNode, EPSILON, type WithinLimits } from '#core/appgroup/plan/cheapest-node.ts';
import { improve } from '#core/appgroup/plan/improve.ts';
import type { Layout } from '#core/appgroup/plan/layout.ts';
import type { Replica } from '#core/appgroup/plan/replica.ts';
import { createRandom } from '#core/random.ts';

const TRIALS = 300;
/** Replicas that one trial takes away. */
const MOST_TAKEN = 12;
const TRIALS_PER_PIECE = 10;

interface Search {
  within: WithinLimits;
  seed: number;
  outOfTime(): boolean;
}

/**
 * Takes some replicas away and puts them back one by one where it is cheapest then, in another order: what is better stays. Gets
 * out of where no single move or swap helps (Schrimpf and others, "Record breaking optimization results using the ruin and
 * recreate principle", 2000).
 */
export function* rearrange(layout: Layout, { within, seed, outOfTime }: Search): Generator<void, void> {
  const movable = layout.replicas.filter(({ fixed }) => !fixed);
  const random = createRandom(seed);
  let { unplaced, cost } = worthOf(layout);
  for (let trial = 0; trial < TRIALS && movable.length > 1; trial++) {
    if (unplaced === 0 && cost <= EPSILON) return;
    const taken = shuffled(chosenFrom(movable, layout, random), random);
    const before = taken.map(({ node }) => node);
    for (const replica of taken) layout.put(replica, undefined);
    for (const replica of taken)
      layout.put(replica, cheapestNode(layout, replica, within, layout.costs(replica.workload)));
    const after = worthOf(layout);
    if (after.unplaced < unplaced || (after.unplaced === unplaced && after.cost <= cost + EPSILON)) {
      ({ unplaced, cost } = after);
    } else {
      for (const replica of taken) layout.put(replica, undefined);
      for (const [index, replica] of taken.entries()) layout.put(replica, before[index]);
    }
    if (trial % TRIALS_PER_PIECE === 0) yield;
    if (outOfTime()) return;
  }
  yield* improve(layout, within, outOfTime);
}

export function worthOf(layout: Layout): { unplaced: number; cost: number } {
  return { unplaced: layout.replicas.filter(({ node }) => node === undefined).length, cost: layout.cost() };
}

/** Those without a place, and in turn: those of two nodes, those of a workload and one tied to it, any. */
function chosenFrom(movable: readonly Replica[], layout: Layout, random: () => number): Replica[] {
  const one = pick(movable, random);
  const other = pick(movable, random);
  const way = Math.floor(random() * 3);
  const isChosen = (replica: Replica): boolean => {
    if (replica.node === undefined || replica === one) return true;
    if (way === 0) return replica.node === one.node || replica.node === other.node;
    if (way === 1)
      return replica.workload === one.workload || layout.calls.pairWeight(replica.workload, one.workload) > 0;
    return random() < MOST_TAKEN / 3 / movable.length;
  };
  return shuffled(movable.filter(isChosen), random).slice(0, MOST_TAKEN);
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

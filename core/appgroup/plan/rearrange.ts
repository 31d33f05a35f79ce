import { cheapestNode, EPSILON, type WithinLimits } from '#core/appgroup/plan/cheapest-node.ts';
import { improve } from '#core/appgroup/plan/improve.ts';
import type { Layout } from '#core/appgroup/plan/layout.ts';
import type { Replica } from '#core/appgroup/plan/replica.ts';
import { createRandom } from '#core/random.ts';

const TRIALS = 250;
/** Replicas that one trial takes away. */
const MOST_TAKEN = 12;
/** In a trial that takes replicas by chance, so many on average. */
const TAKEN_BY_CHANCE = 6;
/** So large a share of the nodes is overlooked in the first trials, none in the last ones. */
const OVERLOOKED = 0.1;
/** The first trials may leave the layout this much dearer, the last ones no dearer. */
const MOST_DEARER = 1;

interface Search {
  within: WithinLimits;
  seed: number;
  outOfTime(): boolean;
}

/**
 * Takes some replicas away and puts them back one by one, in another order, where it is cheapest then; goes on from there even if that
 * is somewhat dearer, less and less so, and ends with the best layout seen. Gets out of where no single move or swap helps
 * (Schrimpf and others, "Record breaking optimization results using the ruin and recreate principle", 2000). Steps after each trial.
 */
export function* rearrange(layout: Layout, { within, seed, outOfTime }: Search): Generator<void, void> {
  const movable = layout.replicas.filter(({ fixed }) => !fixed);
  const random = createRandom(seed);
  let current = worthOf(layout);
  let best = { ...current, nodes: nodesOf(movable) };
  for (let trial = 0; trial < TRIALS && movable.length > 1 && !outOfTime(); trial++) {
    if (best.unplaced === 0 && best.cost <= EPSILON) break;
    const left = 1 - trial / TRIALS;
    const taken = chosenFrom(movable, layout, random);
    const before = nodesOf(taken);
    putBack(layout, taken, overlooking(within, OVERLOOKED * left, random));
    const after = worthOf(layout);
    const dearer = MOST_DEARER * random() * left;
    if (isBetter(after, { ...current, cost: current.cost * (1 + dearer) + EPSILON })) current = after;
    else putAll(layout, taken, before);
    if (isBetter(current, best)) best = { ...current, nodes: nodesOf(movable) };
    yield;
  }
  putAll(layout, movable, best.nodes);
  yield* improve(layout, within, outOfTime);
}

/** How good a layout is: it counts first how many replicas have no place. */
interface Worth {
  unplaced: number;
  cost: number;
}

export function worthOf(layout: Layout): Worth {
  return { unplaced: layout.replicas.filter(({ node }) => node === undefined).length, cost: layout.cost() };
}

function isBetter(one: Worth, other: Worth): boolean {
  return one.unplaced < other.unplaced || (one.unplaced === other.unplaced && one.cost < other.cost);
}

/** In a random order: those without a place, and by turns those of two nodes, of a workload and those tied to it, or any. */
function chosenFrom(movable: readonly Replica[], layout: Layout, random: () => number): Replica[] {
  const [one, other] = [pick(movable, random), pick(movable, random)];
  const ways: ((replica: Replica) => boolean)[] = [
    ({ node }) => node === one.node || node === other.node,
    ({ workload }) => workload === one.workload || layout.calls.pairWeight(workload, one.workload) > 0,
    (replica) => replica === one || random() < TAKEN_BY_CHANCE / movable.length,
  ];
  const isChosen = pick(ways, random);
  const chosen = movable.filter((replica) => replica.node === undefined || isChosen(replica));
  return shuffled(chosen, random).slice(0, MOST_TAKEN);
}

/**
 * Some nodes are overlooked, so that what is put back does not always go the same way (Christiaens and Vanden Berghe, "Slack
 * induction by string removals", 2020).
 */
function overlooking(within: WithinLimits, share: number, random: () => number): WithinLimits {
  return (replica) => {
    const keeps = within(replica);
    return (node) => random() >= share && keeps?.(node) !== false;
  };
}

function putBack(layout: Layout, taken: readonly Replica[], within: WithinLimits): void {
  for (const replica of taken) layout.put(replica, undefined);
  for (const replica of taken) {
    layout.put(replica, cheapestNode(layout, replica, within, layout.costs(replica.workload)));
  }
}

function putAll(layout: Layout, replicas: readonly Replica[], nodes: readonly (number | undefined)[]): void {
  for (const [position, replica] of replicas.entries()) layout.put(replica, nodes[position]);
}

function nodesOf(replicas: readonly Replica[]): (number | undefined)[] {
  return replicas.map(({ node }) => node);
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

/** Fisher and Yates. */
function shuffled<Item>(items: Item[], random: () => number): Item[] {
  for (let last = items.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    [items[last], items[chosen]] = [items[chosen] as Item, items[last] as Item];
  }
  return items;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AppGroupSpec, ordering } from '#core/api/app-group.ts';
import { dependencyCycles } from '#core/appgroup/cycles.ts';
import { buildGraph, type DependencyGraph } from '#core/appgroup/graph.ts';
import { scheduleOrder } from '#core/appgroup/schedule-order.ts';
import { makeGroup } from '#test/builders.ts';

type Ordering = AppGroupSpec['ordering'];
type Calls = Record<string, Record<string, number>>;

const graphOf = (calls: Calls) => buildGraph(makeGroup('g', calls).spec);
const orderOf = (calls: Calls, by: Ordering) => scheduleOrder(graphOf(calls), by);

const call = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 1]));

const ONLINE_BOUTIQUE: Calls = {
  p1: call('p2', 'p3', 'p4', 'p6', 'p8', 'p9', 'p10'),
  p2: call('p11'),
  ...Object.fromEntries(['p3', 'p4', 'p5', 'p6', 'p7'].map((name) => [name, {}])),
  p8: call('p2', 'p3', 'p4', 'p5', 'p6', 'p7'),
  p9: call('p3'),
  p10: {},
  p11: {},
};

// Kahn's orders are those that the proposal of the network-aware plugins publishes (kubernetes-sigs/scheduler-plugins,
// kep/260-network-aware-scheduling). Its orders of Tarjan begin anywhere, other ones each time; these begin at the front.
describe("the orders of Online Boutique's workloads", () => {
  it.each<[Ordering, string]>([
    ['Kahn', 'p1 p10 p9 p8 p7 p6 p5 p4 p3 p2 p11'],
    ['AlternateKahn', 'p1 p11 p10 p2 p9 p3 p8 p4 p7 p5 p6'],
    ['ReverseKahn', 'p11 p2 p3 p4 p5 p6 p7 p8 p9 p10 p1'],
    ['Tarjan', 'p1 p10 p9 p8 p7 p5 p6 p4 p3 p2 p11'],
    ['AlternateTarjan', 'p1 p11 p10 p2 p9 p3 p8 p4 p7 p6 p5'],
    ['ReverseTarjan', 'p11 p2 p3 p4 p6 p5 p7 p8 p9 p10 p1'],
    ['None', ''],
  ])('%s', (by, want) => {
    expect(orderOf(ONLINE_BOUTIQUE, by).join(' ')).toBe(want);
  });
});

describe('an order', () => {
  it.each<[string, Ordering, Calls, string[]]>([
    [
      'puts those that nobody calls by name, numbers as numbers',
      'Kahn',
      { p10: {}, p2: {}, p1: {} },
      ['p1', 'p2', 'p10'],
    ],
    ['goes down from one caller before the next', 'Kahn', { b: {}, a: call('c'), c: {}, d: {} }, ['a', 'c', 'b', 'd']],
    [
      'goes down from one caller before the next',
      'Tarjan',
      { b: {}, a: call('c'), c: {}, d: {} },
      ['a', 'c', 'b', 'd'],
    ],
    [
      'keeps a circle together, after its callers and before those that it calls',
      'Kahn',
      { front: call('z'), z: call('m'), m: call('z', 'db'), db: {}, alone: {} },
      ['alone', 'front', 'm', 'z', 'db'],
    ],
    [
      'keeps a circle together from both ends',
      'AlternateTarjan',
      { front: call('b'), a: call('b'), b: call('a', 'db'), db: {} },
      ['front', 'db', 'a', 'b'],
    ],
    ['has a circle of all by name', 'ReverseKahn', { b: call('c'), c: call('a'), a: call('b') }, ['a', 'b', 'c']],
  ])('%s (%s)', (_what, by, calls, want) => {
    expect(orderOf(calls, by)).toEqual(want);
  });

  it.each<[Ordering, string[]]>([
    ['Kahn', chain(200)],
    ['Tarjan', chain(200)],
    ['ReverseKahn', chain(200).toReversed()],
    ['ReverseTarjan', chain(200).toReversed()],
  ])('follows a chain of as many workloads as a group may have (%s)', (by, want) => {
    const names = chain(200);
    const calls = names.map((name, index) => [name, call(...names.slice(index + 1, index + 2))] as const);
    expect(orderOf(Object.fromEntries(calls.toReversed()), by)).toEqual(want);
  });
});

function chain(length: number): string[] {
  return Array.from({ length }, (_, index) => `w${index}`);
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'w2', 'w10'];

/** Any graph; where `acyclic`, each calls only those that come later in a list in any order. */
function anyGraph(acyclic: boolean): fc.Arbitrary<Calls> {
  const mixed = fc.shuffledSubarray(NAMES, { minLength: 1 });
  return mixed.chain((names) =>
    fc
      .tuple(
        ...names.map((name, index) =>
          fc.dictionary(
            fc.constantFrom(...(acyclic ? names.slice(index + 1) : names.filter((other) => other !== name)), ''),
            fc.integer({ min: 1, max: 3 }),
          ),
        ),
      )
      .map((rows) =>
        Object.fromEntries(
          names.map((name, index) => {
            const { '': _nobody, ...called } = rows[index] ?? {};
            return [name, called];
          }),
        ),
      ),
  );
}

const anyOrdering = fc.constantFrom(...ordering.options.filter((option) => option !== 'None'));

function shuffled(calls: Calls, seed: readonly number[]): Calls {
  const mix = <T>(entries: [string, T][]) =>
    entries
      .map((entry, index) => ({ entry, key: seed[index % seed.length] ?? 0 }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ entry }) => entry);
  return Object.fromEntries(
    mix(Object.entries(calls).map(([name, called]) => [name, Object.fromEntries(mix(Object.entries(called)))])),
  );
}

describe('every order of any graph', () => {
  it('has each workload once', () => {
    fc.assert(
      fc.property(anyGraph(false), anyOrdering, (calls, by) => {
        expect(orderOf(calls, by).toSorted()).toEqual(Object.keys(calls).toSorted());
      }),
    );
  });

  it('does not depend on the order in which the spec names workloads and dependencies', () => {
    const seed = fc.array(fc.nat(), { minLength: NAMES.length, maxLength: NAMES.length });
    fc.assert(
      fc.property(anyGraph(false), anyOrdering, seed, (calls, by, numbers) => {
        expect(orderOf(shuffled(calls, numbers), by)).toEqual(orderOf(calls, by));
      }),
    );
  });

  it('puts callers before those that they call, or after, but for circles', () => {
    const wanted: [Ordering, number][] = [
      ['Kahn', 1],
      ['Tarjan', 1],
      ['ReverseKahn', -1],
      ['ReverseTarjan', -1],
    ];
    fc.assert(
      fc.property(fc.boolean().chain(anyGraph), fc.constantFrom(...wanted), (calls, [by, direction]) => {
        const graph = graphOf(calls);
        const order = scheduleOrder(graph, by);
        for (const [caller, callee] of callsAcross(graph)) {
          expect(Math.sign(order.indexOf(callee) - order.indexOf(caller))).toBe(direction);
        }
      }),
    );
  });

  it('keeps circles together, but for Traffic', () => {
    fc.assert(
      fc.property(anyGraph(false), anyOrdering, (calls, by) => {
        fc.pre(by !== 'Traffic');
        const graph = graphOf(calls);
        const order = scheduleOrder(graph, by);
        for (const cycle of dependencyCycles(graph)) {
          const places = cycle.map((workload) => order.indexOf(workload));
          expect(Math.max(...places) - Math.min(...places)).toBe(cycle.length - 1);
        }
      }),
    );
  });

  it.each<[Ordering, Ordering]>([
    ['AlternateKahn', 'Kahn'],
    ['AlternateTarjan', 'Tarjan'],
  ])('%s takes from both ends of %s in turn', (by, of) => {
    fc.assert(
      fc.property(anyGraph(true), (calls) => {
        const left = orderOf(calls, of);
        for (const [position, workload] of orderOf(calls, by).entries()) {
          expect(workload).toBe(position % 2 === 0 ? left.shift() : left.pop());
        }
      }),
    );
  });
});

/** Calls of a workload to one that is not in a circle with it. */
function callsAcross(graph: DependencyGraph): [string, string][] {
  const cycles = dependencyCycles(graph);
  const together = (a: string, b: string) => cycles.some((cycle) => cycle.includes(a) && cycle.includes(b));
  return graph.workloads.flatMap((caller) =>
    graph
      .dependencies(caller)
      .filter(({ destination }) => !together(caller, destination))
      .map(({ destination }): [string, string] => [caller, destination]),
  );
}

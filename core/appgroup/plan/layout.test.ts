import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildGraph } from '#core/appgroup/graph.ts';
import { CallCosts } from '#core/appgroup/plan/call-costs.ts';
import { improve } from '#core/appgroup/plan/improve.ts';
import { Layout } from '#core/appgroup/plan/layout.ts';
import type { Replica } from '#core/appgroup/plan/replica.ts';
import { Room } from '#core/appgroup/plan/room.ts';
import { usageOfNodes } from '#core/resources/node-usage.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import { buildMatrix } from '#core/scoring/snapshot.ts';
import { makeGroup, makeNode, makePod, makeSlice, NOW_MS } from '#test/builders.ts';

const names = ['n1', 'n2', 'n3', 'n4'];
const nodes = names.map((name) => makeNode(name));
/** Of some links nothing is known. */
const slices = [
  makeSlice('n1', { n2: { rttMicroseconds: 1000 }, n3: { rttMicroseconds: 7000 } }),
  makeSlice('n2', { n1: { rttMicroseconds: 1500 }, n4: { rttMicroseconds: 30_000 } }),
  makeSlice('n4', { n1: { rttMicroseconds: 9000 } }),
];
const matrix = buildMatrix({ nodes, slices }, NOW_MS);
const graph = buildGraph(
  makeGroup('shop', { web: { db: 3, cache: 1 }, cache: { db: 2, web: 5 }, db: {}, idle: {} }).spec,
);
const counts = { web: 2, cache: 3, db: 1, idle: 1 };

function makeLayout(): Layout {
  const replicas = Object.entries(counts).flatMap(([workload, count]) =>
    Array.from({ length: count }, (_, index): Replica => {
      const pod = makePod(`${workload}-${index}`, { group: 'shop', workload });
      const allowed = new Uint8Array(names.length).fill(1);
      return { pod, workload, requests: { cpu: 1000, memory: 0 }, allowed, node: undefined, fixed: false };
    }),
  );
  const calls = new CallCosts(graph, matrix, new Map(Object.entries(counts)));
  return new Layout({ matrix, replicas, room: new Room(usageOfNodes(nodes, [], new Map())), calls });
}

function costOf({ byWorkload }: Layout): number {
  const placed = [...byWorkload].map(([workload, replicas]): [string, string[]] => [
    workload,
    replicas.map(({ node }) => names[node ?? -1] ?? ''),
  ]);
  return placementCost(graph, new Map(placed), matrix);
}

const moves = fc.array(fc.tuple(fc.nat(6), fc.option(fc.nat(3), { nil: undefined })), { maxLength: 30 });
const places = fc.array(fc.nat(3), { minLength: 7, maxLength: 7 });

it('knows the placement cost, whatever was put where before', () => {
  fc.assert(
    fc.property(moves, places, (before, last) => {
      const layout = makeLayout();
      for (const [index, node] of before) layout.put(layout.replicas[index] as Replica, node);
      for (const [index, replica] of layout.replicas.entries()) layout.put(replica, last[index]);
      expect(layout.cost()).toBeCloseTo(costOf(layout), 9);
    }),
  );
});

it('has as much room as before when all is taken away again', () => {
  fc.assert(
    fc.property(moves, (before) => {
      const layout = makeLayout();
      for (const [index, node] of before) layout.put(layout.replicas[index] as Replica, node);
      for (const replica of layout.replicas) layout.put(replica, undefined);
      expect(names.map((_, node) => layout.room.freeShare(node))).toEqual([1, 1, 1, 1]);
      for (const workload of graph.workloads) {
        for (const cost of layout.costs(workload)) expect(cost).toBeCloseTo(0, 9);
      }
    }),
  );
});

it('is never dearer after moves and swaps, and no node is too full', () => {
  fc.assert(
    fc.property(places, (given) => {
      const layout = makeLayout();
      for (const [index, replica] of layout.replicas.entries()) {
        const node = [given[index] ?? 0, 0, 1, 2, 3].find((each) => layout.fits(replica, each));
        layout.put(replica, node);
      }
      const before = layout.cost();
      for (const _ of improve(
        layout,
        () => undefined,
        () => false,
      ));
      expect(layout.cost()).toBeLessThanOrEqual(before + 1e-9);
      expect(layout.cost()).toBeCloseTo(costOf(layout), 9);
      for (const node of names.keys()) expect(layout.room.freeShare(node)).toBeGreaterThanOrEqual(0);
    }),
  );
});

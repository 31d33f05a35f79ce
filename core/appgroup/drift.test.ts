import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildGraph } from '#core/appgroup/graph.ts';
import { finish } from '#core/pieces.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import { buildMatrix } from '#core/scoring/snapshot.ts';
import { makeGroup, makeNode, makeSlice, makeTopology, NOW_MS } from '#test/builders.ts';
import { type PlacedPod, worthwhileMoves } from './drift.ts';

const ms = (milliseconds: number) => ({ rttMicroseconds: milliseconds * 1000 });
/** A link's cost is its RTT in ms / 100. */
const topology = makeTopology(
  { weights: { latency: 100, bandwidth: 0, loss: 0 } },
  { maxima: { rttMicroseconds: 100_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 } },
);
const names = ['n1', 'n2', 'n3'];
const matrix = buildMatrix(
  {
    nodes: names.map((name) => makeNode(name)),
    slices: [
      makeSlice('n1', { n2: ms(10), n3: ms(80) }),
      makeSlice('n2', { n1: ms(11), n3: ms(40) }),
      makeSlice('n3', { n1: ms(81), n2: ms(41) }),
    ],
    topology,
  },
  NOW_MS,
);
const graph = buildGraph(makeGroup('shop', { web: { db: 3, cache: 1 }, db: {}, cache: {} }).spec);
const pod = (name: string, node: string): PlacedPod => ({ name, workload: name.split('-')[0] ?? '', node });

function movesOf(pods: PlacedPod[], threshold = 0, fits: (pod: string, node: string) => boolean = () => true) {
  return finish(worthwhileMoves({ graph, pods, matrix, threshold, fits }));
}

describe('moves that would save', () => {
  const apart = [pod('web-0', 'n1'), pod('db-0', 'n3'), pod('cache-0', 'n1')];

  it('are named with what they save of the cost of the group, the greatest first', () => {
    expect(movesOf(apart)).toEqual([
      { pod: 'db-0', workload: 'db', from: 'n3', to: 'n1', saving: expect.closeTo((3 * 0.8) / 4) },
      { pod: 'web-0', workload: 'web', from: 'n1', to: 'n3', saving: expect.closeTo((3 * 0.8 - 0.81) / 4) },
    ]);
  });

  it('are those above the threshold, to a node that takes the pod', () => {
    expect(movesOf(apart, 0.5).map((move) => move.pod)).toEqual(['db-0']);
    const notOnFirst = movesOf(apart, 0, (_pod, node) => node !== 'n1');
    expect(notOnFirst.map((move) => `${move.pod} to ${move.to}`)).toEqual(['db-0 to n2', 'web-0 to n3']);
    expect(movesOf(apart, 0, () => false)).toEqual([]);
  });

  it('are none where all are together, nothing talks to anything, or a node is not known', () => {
    expect(movesOf([pod('web-0', 'n1'), pod('db-0', 'n1')])).toEqual([]);
    expect(movesOf([pod('db-0', 'n1'), pod('cache-0', 'n3')])).toEqual([]);
    expect(movesOf([pod('web-0', 'gone')])).toEqual([]);
  });

  it('are looked for in pieces, one for each workload', () => {
    const pieces = worthwhileMoves({ graph, pods: apart, matrix, threshold: 0, fits: () => true });
    let steps = 0;
    while (!pieces.next().done) steps += 1;
    expect(steps).toBe(apart.length);
  });

  it('save exactly what the placement cost falls by', () => {
    const placedPods = fc.array(
      fc.record({ workload: fc.constantFrom('web', 'db', 'cache'), node: fc.constantFrom(...names) }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(placedPods, (drawn) => {
        const pods = drawn.map(({ workload, node }, index) => ({ name: `${workload}-${index}`, workload, node }));
        for (const move of movesOf(pods, 0.001)) {
          const after = pods.map((each) => (each.name === move.pod ? { ...each, node: move.to } : each));
          expect(costOf(pods) - costOf(after)).toBeCloseTo(move.saving);
        }
      }),
    );
  });

  function costOf(pods: readonly PlacedPod[]): number {
    const placed = Map.groupBy(pods, ({ workload }) => workload);
    const nodes = new Map([...placed].map(([workload, replicas]) => [workload, replicas.map(({ node }) => node)]));
    return placementCost(graph, nodes, matrix);
  }
});

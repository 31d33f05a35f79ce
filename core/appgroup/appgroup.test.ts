import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pod } from '#core/api/kubernetes.ts';
import { makeGroup, makePod } from '#test/builders.ts';
import { buildGraph } from './graph.ts';
import { membership, type Occupants, PlacementIndex, type Placements, placementsOf } from './placements.ts';
import { trafficOrder } from './traffic-order.ts';

describe('buildGraph', () => {
  it('knows for each workload whom it calls and who calls it', () => {
    const graph = buildGraph(makeGroup('shop', { web: { cart: 3, db: 1 }, cart: { db: 2 }, db: {} }).spec);
    expect(graph.workloads).toEqual(['web', 'cart', 'db']);
    expect(graph.dependencies('web').map(({ destination, weight }) => [destination, weight])).toEqual([
      ['cart', 3],
      ['db', 1],
    ]);
    expect(graph.dependants('db').map(({ origin }) => origin)).toEqual(['web', 'cart']);
    expect(graph.dependants('web')).toEqual([]);
  });
});

describe('the limits of a call', () => {
  it.each<[string | number, number]>([
    ['20M', 20e6],
    ['16.1M', 16_100_000],
    ['1Ki', 1024],
    [7, 7],
    ['500m', 1],
    ['1m', 1],
    ['9E', Number.MAX_SAFE_INTEGER],
  ])('have a bandwidth of %j in whole bits per second', (minBandwidth, want) => {
    const graph = buildGraph(makeGroup('shop', { web: [{ name: 'db', weight: 1, minBandwidth }], db: {} }).spec);
    expect(graph.dependencies('web')[0]?.limits).toEqual({ minBandwidthBitsPerSecond: want });
    expect(graph.reservesBandwidth).toBe(true);
  });

  it('are those that are given', () => {
    const limits = { maxLatencyMicroseconds: 5, maxLossPartsPerMillion: 6, maxNetworkCost: 7 };
    const graph = buildGraph(makeGroup('shop', { web: [{ name: 'db', weight: 1, ...limits }], db: {} }).spec);
    expect(graph.dependants('db')[0]?.limits).toEqual(limits);
    expect(graph.reservesBandwidth).toBe(false);
  });
});

describe('trafficOrder', () => {
  it('starts at the workload with the most traffic and goes on with the most connected', () => {
    const graph = buildGraph(makeGroup('shop', { a: { b: 1, c: 9 }, b: {}, c: { d: 2 }, d: {}, alone: {} }).spec);
    expect(trafficOrder(graph)).toEqual(['c', 'a', 'd', 'b', 'alone']);
  });

  it('is a permutation of the workloads for any graph, cycles included, and the same each time', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const callsOf = (caller: string) =>
      fc.dictionary(fc.constantFrom(...names.filter((name) => name !== caller)), fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(fc.tuple(...names.map(callsOf)), (rows) => {
        const group = makeGroup('g', Object.fromEntries(names.map((name, index) => [name, rows[index] ?? {}])));
        const order = trafficOrder(buildGraph(group.spec));
        expect(order.toSorted()).toEqual(names);
        expect(trafficOrder(buildGraph(group.spec))).toEqual(order);
      }),
    );
  });
});

describe('placements', () => {
  it('are read from the labels of bound pods that have not ended and are not going away', () => {
    const shop = { group: 'shop', workload: 'web' };
    const ended = makePod('ended', { ...shop, node: 'n1' });
    ended.status = { phase: 'Succeeded' };
    const leaving = makePod('leaving', { ...shop, node: 'n1' });
    leaving.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    const pods = [
      makePod('web-1', { ...shop, node: 'n1' }),
      makePod('web-2', { ...shop, node: 'n2' }),
      makePod('db-1', { group: 'shop', workload: 'db', node: 'n2' }),
      makePod('other', { ...shop, node: 'n1', namespace: 'elsewhere' }),
      makePod('pending', shop),
      makePod('plain', { node: 'n1' }),
      ended,
      leaving,
    ];
    const placements = placementsOf(pods);
    expect(Object.fromEntries(placements.get('default/shop') ?? [])).toEqual({ web: ['n1', 'n2'], db: ['n2'] });
    expect([...placements.keys()]).toEqual(['default/shop', 'elsewhere/shop']);
  });

  it('need both labels', () => {
    expect(membership(makePod('p', { group: 'shop' }))).toBeUndefined();
    expect(membership(makePod('p', { group: 'shop', workload: 'web' }))).toEqual({
      appGroup: 'default/shop',
      workload: 'web',
    });
  });
});

it('placements that follow pods one at a time are those of all pods', () => {
  const change = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    state: fc.constantFrom('gone', 'pending', 'ended', 'n1', 'n2'),
    workload: fc.constantFrom('web', 'db'),
  });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const index = new PlacementIndex();
      const pods = new Map<string, Pod>();
      for (const { name, state, workload } of changes) {
        const pod = makePod(name, { group: 'shop', workload, ...(state.startsWith('n') ? { node: state } : {}) });
        const after =
          state === 'ended' ? { ...pod, spec: { ...pod.spec, nodeName: 'n1' }, status: { phase: 'Failed' } } : pod;
        index.change(pods.get(name), state === 'gone' ? undefined : after);
        if (state === 'gone') pods.delete(name);
        else pods.set(name, after);
      }
      expect(sorted(index.placements)).toEqual(sorted(placementsOf(pods.values())));
      expect(index.occupants).toEqual(PlacementIndex.of(pods.values()).occupants);
      expect(countedByNode(index.placements)).toEqual(countedByNode(index.occupants));
    }),
  );
});

/** How many replicas a workload of a group has on a node, read from either view. */
function countedByNode(view: Placements | Occupants): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (node: string, group: string, workload: string, count: number) => {
    const key = `${node} ${group} ${workload}`;
    counts.set(key, (counts.get(key) ?? 0) + count);
  };
  for (const [first, inner] of view) {
    for (const [second, last] of inner) {
      if (Array.isArray(last)) for (const node of last) add(node, first, second, 1);
      else for (const [workload, count] of last as ReadonlyMap<string, number>) add(first, second, workload, count);
    }
  }
  return counts;
}

function sorted(placements: Placements): unknown {
  const workloads = (group: ReadonlyMap<string, readonly string[]>) =>
    Object.fromEntries([...group].map(([workload, nodes]) => [workload, nodes.toSorted()]));
  return Object.fromEntries([...placements].map(([name, group]) => [name, workloads(group)]));
}

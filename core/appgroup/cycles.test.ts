import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dependencyCycles } from '#core/appgroup/cycles.ts';
import { buildGraph } from '#core/appgroup/graph.ts';
import { makeGroup } from '#test/builders.ts';

type Calls = Record<string, Record<string, number>>;

const cyclesOf = (calls: Calls) => dependencyCycles(buildGraph(makeGroup('g', calls).spec));

describe('cycles of dependencies', () => {
  it.each<[string, Calls, string[][]]>([
    ['a chain has none', { a: { b: 1 }, b: { c: 1 }, c: {} }, []],
    ['nor has a diamond', { a: { b: 1, c: 1 }, b: { d: 1 }, c: { d: 1 }, d: {} }, []],
    ['two that call each other are one', { a: { b: 1 }, b: { a: 1 }, c: { a: 1 } }, [['a', 'b']]],
    [
      'two circles that share a workload are one, another is another, each in the order of the spec',
      { c: { d: 1 }, d: { c: 1 }, z: { a: 1 }, a: { b: 1 }, b: { z: 1, y: 1 }, y: { b: 1, c: 1 }, alone: {} },
      [
        ['c', 'd'],
        ['z', 'a', 'b', 'y'],
      ],
    ],
  ])('%s', (_what, calls, want) => {
    expect(cyclesOf(calls)).toEqual(want);
  });

  it('are the workloads that reach each other, in any graph', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const callsOf = (caller: string) => fc.subarray(names.filter((name) => name !== caller));
    fc.assert(
      fc.property(fc.tuple(...names.map(callsOf)), (rows) => {
        const calls = new Map(names.map((name, index) => [name, rows[index] ?? []]));
        const reached = (from: string) => {
          const seen = new Set<string>();
          const next = [...(calls.get(from) ?? [])];
          for (let name = next.pop(); name !== undefined; name = next.pop()) {
            if (seen.has(name)) continue;
            seen.add(name);
            next.push(...(calls.get(name) ?? []));
          }
          return seen;
        };
        const cycles = cyclesOf(
          Object.fromEntries([...calls].map(([name, row]) => [name, Object.fromEntries(row.map((to) => [to, 1]))])),
        );
        const together = (a: string, b: string) => cycles.some((cycle) => cycle.includes(a) && cycle.includes(b));
        for (const a of names) {
          for (const b of names) expect(together(a, b)).toBe(reached(a).has(b) && reached(b).has(a));
        }
      }),
    );
  });
});

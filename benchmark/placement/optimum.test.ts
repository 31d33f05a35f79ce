import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pod } from '#core/api/kubernetes.ts';
import { placementsOf } from '#core/appgroup/placements.ts';
import { filterNodes } from '#core/resources/node-filters.ts';
import { usageOfNodes } from '#core/resources/node-usage.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import { makeCase, type PlacementCase, PRESSURES } from './cases.ts';
import { optimumOf } from './optimum.ts';

const EVERYTHING = { mostVisited: Number.POSITIVE_INFINITY };

/** A case with few enough nodes and pods to look at every placement. */
const tiny = fc
  .record({
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    kind: fc.constantFrom('zoned', 'edge-cloud', 'geometric'),
    pressure: fc.constantFrom(...PRESSURES),
    nodes: fc.integer({ min: 2, max: 4 }),
    pods: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ nodes, pods, ...given }) => {
    const made = makeCase({ ...given, size: 'small' });
    return { ...made, nodes: made.nodes.slice(-nodes), pods: made.pods.slice(0, pods) };
  });

/** By looking at every placement; undefined where none places every pod. */
function leastCost({ nodes, pods, known, matrix }: PlacementCase): number | undefined {
  const costs: number[] = [];
  const visit = (placed: readonly Pod[]): void => {
    const pod = pods[placed.length];
    if (pod === undefined) {
      const [placements] = placementsOf(placed).values();
      costs.push(placementCost(known.graph, placements ?? new Map(), matrix));
      return;
    }
    for (const { node } of filterNodes(pod, usageOfNodes(nodes, placed, new Map())).feasible) {
      visit([...placed, { ...pod, spec: { ...pod.spec, nodeName: node.metadata.name } }]);
    }
  };
  visit([]);
  return costs.length === 0 ? undefined : Math.min(...costs);
}

describe('the optimum', () => {
  it('is the least cost of all placements that place every pod', () => {
    let impossible = 0;
    fc.assert(
      fc.property(tiny, (given) => {
        const least = leastCost(given);
        const { cost, proven } = optimumOf(given, EVERYTHING);
        expect(proven).toBe(true);
        if (least === undefined) {
          impossible++;
          expect(cost).toBeUndefined();
        } else expect(cost).toBeCloseTo(least, 9);
      }),
      { numRuns: 150, seed: 3 },
    );
    expect(impossible).toBeGreaterThan(0);
    expect(impossible).toBeLessThan(100);
  });

  it('is the same where the search starts from the cost of a placement, be it the optimum itself', () => {
    fc.assert(
      fc.property(tiny, fc.constantFrom(1, 1.01, 2), (given, factor) => {
        const { cost } = optimumOf(given, EVERYTHING);
        if (cost === undefined) return;
        expect(optimumOf(given, { ...EVERYTHING, atMost: cost * factor }).cost).toBeCloseTo(cost, 9);
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  it('is not proven where the search was given up', () => {
    const given = makeCase({ seed: 1, kind: 'zoned', pressure: 'tight', size: 'small' });
    expect(optimumOf(given, { mostVisited: 3 })).toEqual({ cost: undefined, proven: false });
  });
});

import { describe, expect, it } from 'vitest';
import { createRandom } from '#core/random.ts';
import { requestsOf, usageOfNodes } from '#core/resources/node-usage.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import { makeCase, PRESSURES, SIZES } from './cases.ts';
import { optimumOf } from './optimum.ts';
import { PLACER_NAMES, place } from './placers.ts';

const cases = (['zoned', 'edge-cloud', 'geometric'] as const).flatMap((kind) =>
  PRESSURES.flatMap((pressure) => SIZES.map((size) => makeCase({ seed: 7, kind, pressure, size }))),
);

describe.each(PLACER_NAMES)('%s', (placer) => {
  it('gives each pod a node with room that it may be on, or says how many have none', () => {
    for (const given of cases) {
      const { nodes, unplaced } = place(placer, given, createRandom(1));
      const pods = [...nodes].flatMap(([workload, names]) => {
        const template = given.pods.find(({ metadata }) => metadata.name === `${workload}-0`);
        if (template === undefined) throw new Error(`no pod of ${workload}`);
        return names.map((nodeName) => ({ ...template, spec: { ...template.spec, nodeName } }));
      });
      expect(pods.length + unplaced).toBe(given.pods.length);
      for (const { node, allocatable, requested } of usageOfNodes(given.nodes, pods, new Map())) {
        expect(requested.cpu).toBeLessThanOrEqual(allocatable.cpu);
        expect(requested.memory).toBeLessThanOrEqual(allocatable.memory);
        const selectors = pods
          .filter(({ spec }) => spec.nodeName === node.metadata.name)
          .map((pod) => pod.spec.nodeSelector);
        for (const [label, value] of selectors.flatMap((selector) => Object.entries(selector ?? {}))) {
          expect(node.metadata.labels?.[label]).toBe(value);
        }
      }
    }
  });

  it('places the same with the same seed', () => {
    for (const given of cases)
      expect(place(placer, given, createRandom(2))).toEqual(place(placer, given, createRandom(2)));
  });

  it('is never below the optimum', () => {
    for (const given of cases.filter(({ size }) => size === 'small')) {
      const { nodes, unplaced } = place(placer, given, createRandom(3));
      const { cost = Number.NaN, proven } = optimumOf(given, { mostVisited: 3_000_000 });
      expect(proven).toBe(true);
      if (unplaced === 0)
        expect(placementCost(given.known.graph, nodes, given.matrix)).toBeGreaterThanOrEqual(cost - 1e-9);
    }
  });
});

it('makes the same case of the same seed, with pods in an order of its own', () => {
  const [one, same, other] = [5, 5, 6].map((seed) =>
    makeCase({ seed, kind: 'zoned', pressure: 'tight', size: 'large' }),
  );
  expect(one?.pods).toEqual(same?.pods);
  expect(one?.nodes).toEqual(same?.nodes);
  expect(other?.pods).not.toEqual(one?.pods);
  const sorted = one?.pods.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  expect(one?.pods).not.toEqual(sorted);
});

it('has the room that the pressure says, and a node for every pod alone', () => {
  for (const { nodes, pods, pressure } of cases) {
    const usages = usageOfNodes(nodes, [], new Map());
    const wanted = pods.map((pod) => requestsOf(pod).cpu);
    const room = usages.reduce((sum, { allocatable }) => sum + allocatable.cpu, 0);
    expect(room / wanted.reduce((sum, cpu) => sum + cpu, 0)).toBeGreaterThanOrEqual(pressure === 'tight' ? 1.4 : 3);
    for (const { allocatable } of usages) expect(allocatable.cpu).toBeGreaterThanOrEqual(Math.max(...wanted));
  }
});

import { expect, it } from 'vitest';
import { knownGroup } from '#core/appgroup/known-group.ts';
import { usageOfNodes } from '#core/resources/node-usage.ts';
import { makeGroup, makeNode, makePod } from '#test/builders.ts';
import { pluginScores } from './default-scores.ts';
import { networkOverheadScores } from './network-overhead.ts';

const nodes = [
  makeNode('near', { zone: 'a' }),
  makeNode('beside', { zone: 'a' }),
  makeNode('middle', { zone: 'b' }),
  makeNode('far', { zone: 'c' }),
];
const known = knownGroup(makeGroup('shop', { web: { db: 900, cache: 1 }, db: {}, cache: {} }));
const costs: Record<string, number> = { 'b a': 40, 'c a': 100, 'b b': 1, 'c b': 70, 'a b': 41 };
const zoneCosts = (origin: string, destination: string) => costs[`${origin} ${destination}`] ?? Number.NaN;

/** Its own part of the scores, as normalized. */
function ownScores(workload: string, pods: ReturnType<typeof makePod>[]): Record<string, number> {
  const pod = makePod('new', { group: 'shop', workload });
  const usages = usageOfNodes(nodes, pods, new Map());
  const others = pluginScores(pod, usages, { nodes, pods });
  const sums = networkOverheadScores(pod, usages, { nodes, pods }, { known, zoneCosts });
  return Object.fromEntries(
    [...sums].map(([node, sum]) => {
      const { balancedAllocation = 0, topologySpread = 0 } = others.get(node) ?? {};
      return [node, (sum - balancedAllocation - 2 * topologySpread) / 5];
    }),
  );
}

it('adds up zone costs to what the pod calls: 0 on its node, 1 in its zone, whatever the weights', () => {
  const db = makePod('db-0', { group: 'shop', workload: 'db', node: 'near' });
  // Costs 0, 1, 40 and 100.
  expect(ownScores('web', [db])).toEqual({ near: 100, beside: 99, middle: 60, far: 0 });
  const cache = makePod('cache-0', { group: 'shop', workload: 'cache', node: 'middle' });
  // Costs 0 + 41, 1 + 41, 40 + 0 and 100 + 70, of 40 to 170: a cache that is hardly called counts as much as the db.
  expect(ownScores('web', [db, cache])).toEqual({ near: 100, beside: 99, middle: 100, far: 0 });
});

it('tells nothing of a pod that is called, and calls nothing', () => {
  const web = makePod('web-0', { group: 'shop', workload: 'web', node: 'far' });
  expect(new Set(Object.values(ownScores('db', [web]))).size).toBe(1);
});

import { expect, it } from 'vitest';
import { measurePlan } from './plans.ts';

it.each([
  {
    name: 'all pairs of a small cluster',
    nodes: 20,
    want: { allPairs: true, links: 380, probedBy: 19, coverageSeconds: 15 },
  },
  {
    name: 'peers that take turns',
    nodes: 60,
    want: { allPairs: false, links: 960, probedBy: 16, coverageSeconds: 9 * 900 },
  },
])('of $name the plan is even and covers every pair in the time that it tells', ({ nodes, want }) => {
  const run = measurePlan({ nodes, peersPerNode: 16, draws: 3, through: true });
  const { allPairs, links, coverageSeconds } = run;
  expect({ allPairs, links, coverageSeconds }).toEqual({
    allPairs: want.allPairs,
    links: want.links,
    coverageSeconds: want.coverageSeconds,
  });
  expect(run.probedBy).toEqual({ least: want.probedBy, most: want.probedBy });
  expect(run.coveredSeconds).toBeLessThanOrEqual(coverageSeconds);
  // Those who probe the one that came are among them.
  expect(run.newPeers.comes.median).toBeGreaterThanOrEqual(16);
});

it('does not run through the turns unless told', () => {
  expect(measurePlan({ nodes: 60, peersPerNode: 16, draws: 1, through: false })).not.toHaveProperty('coveredSeconds');
});

import { describe, expect, it } from 'vitest';
import type { AppGroup } from '#core/api/app-group.ts';
import { makeGroup, NOW, NOW_MS, secondsAgo } from '#test/builders.ts';
import { knownGroup, openPlaces, PLAN_VALID_MS } from './known-group.ts';

function groupWithPlan(nodes: Record<string, string[]>, observedGeneration = 2): AppGroup {
  const group = makeGroup('shop', { web: { db: 1 }, db: {} });
  const assignments = Object.entries(nodes).flatMap(([workload, names]) =>
    names.map((node, replica) => ({ workload, replica, node })),
  );
  const plan = { assignments, costPartsPerMillion: 0, lowerBoundPartsPerMillion: 0, calculatedAt: NOW };
  return { ...group, metadata: { ...group.metadata, generation: 2 }, status: { observedGeneration, plan } };
}

describe('places that a plan has for pods to come', () => {
  it.each<[string, string[], string[], string[]]>([
    ['are all while none is placed', ['n1', 'n2'], [], ['n1', 'n2']],
    ['are those where no replica is', ['n1', 'n2'], ['n1'], ['n2']],
    ['are counted one by one', ['n1', 'n1', 'n2'], ['n1'], ['n1', 'n2']],
    ['are not fewer for a replica that went elsewhere', ['n1', 'n2'], ['n9'], ['n1', 'n2']],
    ['are none when all are placed', ['n1'], ['n1'], []],
  ])('%s', (_, planned, placed, want) => {
    const { plan } = knownGroup(groupWithPlan({ web: planned }));
    expect(openPlaces(plan, { workload: 'web' }, placed, NOW_MS)).toEqual(want);
  });

  it('are none for a workload without any, after ten minutes, or of another spec', () => {
    const { plan } = knownGroup(groupWithPlan({ web: ['n1'] }));
    expect(openPlaces(plan, { workload: 'db' }, [], NOW_MS)).toEqual([]);
    expect(openPlaces(plan, { workload: 'web' }, [], NOW_MS + PLAN_VALID_MS)).toEqual(['n1']);
    expect(openPlaces(plan, { workload: 'web' }, [], NOW_MS + PLAN_VALID_MS + 1)).toEqual([]);
    expect(knownGroup(groupWithPlan({ web: ['n1'] }, 1)).plan).toBeUndefined();
  });

  it('are none for a pod that was created after the newest of the plan', () => {
    const group = groupWithPlan({ web: ['n1'] });
    const plan = { ...group.status?.plan, newestPodCreatedAt: secondsAgo(5) };
    const { plan: known } = knownGroup({ ...group, status: { ...group.status, plan } } as AppGroup);
    const placesFor = (createdAt: string) => openPlaces(known, { workload: 'web', createdAt }, [], NOW_MS);
    expect([placesFor(secondsAgo(6)), placesFor(secondsAgo(5)), placesFor(secondsAgo(4))]).toEqual([
      ['n1'],
      ['n1'],
      [],
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { type AppGroupSpec, type AppGroupStatus, appGroupStatus, PLACED_NODES_LIMIT } from '#core/api/app-group.ts';
import type { Condition, Verdict } from '#core/api/condition.ts';
import type { PlanOutcome } from '#core/appgroup/plan/plan-status.ts';
import { appGroupStatusOf, judgeSpec } from '#core/appgroup/status.ts';
import { makeGroup, NOW, secondsAgo } from '#test/builders.ts';

interface Ground {
  placed?: ReadonlyMap<string, readonly string[]>;
  placementCost?: number;
  planned?: PlanOutcome;
  drifted?: Verdict;
  generation?: number;
  previous?: AppGroupStatus;
}

function statusOf(spec: unknown, { placed, placementCost, planned, drifted, generation = 3, previous }: Ground = {}) {
  const told = { placed, placementCost, planned, drifted, generation, previous };
  const status = appGroupStatusOf({ judged: judgeSpec(spec), claims: CLAIMS, ...told, now: NOW });
  // An AppGroup with a status that its schema refuses would be lost to the extender.
  expect(appGroupStatus.parse(status)).toEqual(status);
  return status;
}

const CLAIMS: Verdict = { type: 'Unambiguous', status: 'True', reason: 'OneClaim', message: '' };
const SHOP = makeGroup('shop', { web: { db: 1 }, db: {} }).spec;

describe("an AppGroup's status", () => {
  it('tells of a spec that can be followed, and of its generation', () => {
    const held = { observedGeneration: 3, lastTransitionTime: NOW, status: 'True' };
    expect(statusOf(SHOP)).toMatchObject({
      observedGeneration: 3,
      conditions: [
        { ...held, type: 'Valid', reason: 'SpecValid' },
        { ...held, type: 'Acyclic', reason: 'NoCycle' },
        CLAIMS,
        { type: 'Planned', status: 'Unknown', reason: 'BeingMade' },
        { type: 'Drifted', status: 'Unknown' },
      ],
    });
  });

  it('names the workloads that depend on each other in a circle', () => {
    const { conditions } = statusOf(makeGroup('shop', { a: { b: 1 }, b: { a: 1 }, c: {} }).spec);
    expect(conditions).toMatchObject([
      { type: 'Valid', status: 'True' },
      { type: 'Acyclic', status: 'False', reason: 'DependencyCycle', message: expect.stringMatching(/: "a", "b"$/) },
      CLAIMS,
      { type: 'Planned' },
      { type: 'Drifted' },
    ]);
  });

  it.each<[string, unknown, RegExp]>([
    ['that is missing', undefined, /^spec: /],
    ['without workloads', { workloads: [] }, /^spec: workloads: /],
    [
      'of an older definition',
      { workloads: [{ name: 'a', dependencies: [{ name: 'b' }] }] },
      /"a" depends on workloads that the group does not have: \["b"\]/,
    ],
  ])('says why a spec %s cannot be followed', (_what, spec, message) => {
    const { conditions, workloads, scheduleOrder } = statusOf(spec);
    expect(conditions).toMatchObject([
      { type: 'Valid', status: 'False', reason: 'InvalidSpec', message: expect.stringMatching(message) },
      { type: 'Acyclic', status: 'Unknown' },
      CLAIMS,
      { type: 'Planned', status: 'Unknown' },
      { type: 'Drifted', status: 'Unknown' },
    ]);
    expect([workloads, scheduleOrder]).toEqual([[], []]);
  });

  it.each<[string, AppGroupSpec['ordering'], string[]]>([
    ['the order that the spec wants', 'ReverseKahn', ['db', 'web']],
    ['no order where the spec wants none', 'None', []],
  ])('tells %s', (_what, ordering, want) => {
    expect(statusOf({ ...SHOP, ordering }).scheduleOrder).toEqual(
      want.map((workload, position) => ({ workload, index: position + 1 })),
    );
  });

  it('tells where the pods of each workload are, in the order of the spec', () => {
    const placed = new Map([
      ['db', ['n3', 'n1', 'n3']],
      ['unknown', ['n1']],
    ]);
    expect(statusOf(SHOP, { placed }).workloads).toEqual([
      { name: 'web', replicas: 0, nodes: [] },
      { name: 'db', replicas: 3, nodes: ['n1', 'n3', 'n3'] },
    ]);
  });

  it('counts all pods, but names the nodes of no more than an object can hold', () => {
    const placed = new Map([
      ['web', Array(PLACED_NODES_LIMIT - 1).fill('n1')],
      ['db', ['n1', 'n2', 'n3']],
    ]);
    const [web, db] = statusOf(SHOP, { placed }).workloads ?? [];
    expect([web?.nodes.length, db]).toEqual([PLACED_NODES_LIMIT - 1, { name: 'db', replicas: 3, nodes: ['n1'] }]);
  });

  it('keeps the time of a condition whose status stays, and no other', () => {
    const before = secondsAgo(60);
    const condition = { lastTransitionTime: before, reason: 'X', message: '' };
    const previous: Condition[] = [
      { ...condition, type: 'Valid', status: 'True' },
      { ...condition, type: 'Acyclic', status: 'False' },
    ];
    const { conditions } = statusOf(SHOP, { previous: { conditions: previous } });
    expect(conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([before, NOW, NOW, NOW, NOW]);
  });

  it('tells the plan of this generation, also after a restart, and none of another', () => {
    const plan = {
      assignments: [{ workload: 'web', replica: 0, node: 'n1' }],
      costPartsPerMillion: 1000,
      lowerBoundPartsPerMillion: 500,
      calculatedAt: NOW,
    };
    const verdict = { type: 'Planned', status: 'True', reason: 'EveryPodPlanned', message: 'x' } as const;
    const first = statusOf(SHOP, { planned: { plan, verdict } });
    expect(first).toMatchObject({ plan, conditions: [{}, {}, CLAIMS, verdict, {}] });
    expect(statusOf(SHOP, { previous: first })).toEqual(first);
    const other = statusOf(SHOP, { previous: first, generation: 4 });
    expect(other.conditions?.[3]).toMatchObject({ type: 'Planned', status: 'Unknown', reason: 'BeingMade' });
    expect(other).not.toHaveProperty('plan');
  });

  it('tells of drift as it was, where nobody looked yet', () => {
    const drifted = { type: 'Drifted', status: 'True', reason: 'MovesWorthwhile', message: 'x' } as const;
    const first = statusOf(SHOP, { drifted });
    expect(first.conditions?.[4]).toMatchObject(drifted);
    expect(statusOf(SHOP, { previous: first })).toEqual(first);
  });

  it('tells the placement cost anew only where it has moved', () => {
    const told = (placementCost: number | undefined, placementCostPartsPerMillion?: number) =>
      statusOf(SHOP, {
        ...(placementCost === undefined ? {} : { placementCost }),
        ...(placementCostPartsPerMillion === undefined ? {} : { previous: { placementCostPartsPerMillion } }),
      }).placementCostPartsPerMillion;
    expect([told(undefined), told(0.3), told(undefined, 300_000)]).toEqual([undefined, 300_000, 300_000]);
    expect([told(0.305, 300_000), told(0.31, 300_000), told(0.0001, 0)]).toEqual([300_000, 310_000, 100]);
  });

  it('tells no generation that is not exact', () => {
    expect(statusOf(SHOP, { generation: 2 ** 53 })).not.toHaveProperty('observedGeneration');
  });
});

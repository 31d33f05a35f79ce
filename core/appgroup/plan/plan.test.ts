import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '#core/api/kubernetes.ts';
import { WORKLOAD_LABEL } from '#core/api/names.ts';
import { knownGroup } from '#core/appgroup/known-group.ts';
import { PlacementIndex, placementsOf } from '#core/appgroup/placements.ts';
import { finish } from '#core/pieces.ts';
import { usageByNode } from '#core/resources/node-usage.ts';
import { filterNodes } from '#core/scoring/filter.ts';
import { placementCost } from '#core/scoring/placement-cost.ts';
import { buildMatrix, createSnapshot } from '#core/scoring/snapshot.ts';
import { makeGroup, makeNode, makePod, makeSlice, makeTopology, NOW_MS } from '#test/builders.ts';
import { type Plan, type PlanInput, planPlacement } from './plan.ts';
import { NO_OTHERS } from './within-limits.ts';

const ms = (milliseconds: number) => ({ rttMicroseconds: milliseconds * 1000 });
/** A link's cost is its RTT in ms / 100. */
const topology = makeTopology(
  { weights: { latency: 100, bandwidth: 0, loss: 0 } },
  { maxima: { rttMicroseconds: 100_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 } },
);

function podOf(name: string, options: { cpu?: string; node?: string; spec?: Partial<Pod['spec']> } = {}): Pod {
  const { cpu = '1', node, spec = {} } = options;
  const workload = name.split('-')[0] ?? '';
  const made = makePod(name, { group: 'shop', workload, ...(node === undefined ? {} : { node }) });
  const containers = [{ name: 'app', resources: { requests: { cpu } } }];
  return { ...made, spec: { ...made.spec, containers, ...spec } };
}

interface Case {
  nodes: Node[];
  rtts: Record<string, Record<string, number>>;
  calls: Parameters<typeof makeGroup>[1];
  pods: Pod[];
}

function inputOf({ nodes, rtts, calls, pods }: Case, spec: Parameters<typeof makeGroup>[2] = {}) {
  const links = (row: Record<string, number>) =>
    Object.fromEntries(Object.entries(row).map(([to, rtt]) => [to, ms(rtt)]));
  const slices = Object.entries(rtts).map(([origin, row]) => makeSlice(origin, links(row)));
  const matrix = buildMatrix({ nodes, slices, topology }, NOW_MS);
  const usages = usageByNode(nodes, pods);
  const known = knownGroup(makeGroup('shop', calls, spec));
  return { known, pods, others: NO_OTHERS, usages, matrix, seed: 1, outOfTime: () => false };
}

const planAtOnce = (input: PlanInput) => finish(planPlacement(input));

const nodesOf = (plan: Plan) =>
  Object.fromEntries(plan.assignments.map(({ workload, replica, node }) => [`${workload}-${replica}`, node]));

/** n1 and n2 are near each other, n3 is far from both. */
const rtts = { n1: { n2: 10, n3: 80 }, n2: { n1: 10, n3: 80 }, n3: { n1: 80, n2: 80 } };
const three = ['n1', 'n2', 'n3'].map((name) => makeNode(name, { cpu: '2' }));
const calls = { web: { db: 1 }, db: {} };

describe('a plan', () => {
  it('puts together what talks to each other, and says that it cannot be done better', () => {
    const plan = planAtOnce(inputOf({ nodes: three, rtts, calls, pods: [podOf('web-0'), podOf('db-0')] }));
    expect(new Set(Object.values(nodesOf(plan))).size).toBe(1);
    expect(plan).toMatchObject({ cost: 0, lowerBound: 0, unassigned: [] });
  });

  it('keeps the room of nodes: what does not fit beside the others goes to the nearest node', () => {
    const pods = [podOf('web-0'), podOf('web-1'), podOf('db-0', { node: 'n1' })];
    const plan = planAtOnce(inputOf({ nodes: three, rtts, calls, pods }));
    expect(Object.values(nodesOf(plan)).toSorted()).toEqual(['n1', 'n1', 'n2']);
    expect(plan.cost).toBeCloseTo(0.05);
  });

  it('sees further than one pod at a time', () => {
    // Greedily, web goes to the empty n1, where db cannot follow it.
    const nodes = [makeNode('n1', { cpu: '2' }), makeNode('n2', { cpu: '8' }), makeNode('n3', { cpu: '8' })];
    const pods = [podOf('web-0', { cpu: '1' }), podOf('db-0', { cpu: '7' }), podOf('web-1', { cpu: '1' })];
    const plan = planAtOnce(inputOf({ nodes, rtts, calls, pods }));
    expect(plan.cost).toBeLessThanOrEqual(0.05);
  });

  it('leaves those where they are that have a node, and spreads replicas that nothing draws', () => {
    const pods = [podOf('web-0', { node: 'n3' }), podOf('db-0'), podOf('db-1')];
    const plan = planAtOnce(inputOf({ nodes: three, rtts, calls: { web: {}, db: {} }, pods }));
    expect(nodesOf(plan)['web-0']).toBe('n3');
    expect(new Set([nodesOf(plan)['db-0'], nodesOf(plan)['db-1']]).size).toBe(2);
  });

  it('keeps taints, selectors and limits', () => {
    const tainted = { ...makeNode('n1'), spec: { taints: [{ key: 'own', effect: 'NoSchedule' }] } };
    const pods = [podOf('web-0'), podOf('db-0', { node: 'n1' })];
    expect(nodesOf(planAtOnce(inputOf({ nodes: [tainted, ...three.slice(1)], rtts, calls, pods })))['web-0']).toBe(
      'n2',
    );
    const full = [makeNode('n1', { cpu: '1' }), makeNode('n2', { cpu: '0' }), makeNode('n3', { cpu: '8' })];
    const limited = { web: [{ name: 'db', weight: 1, maxLatencyMicroseconds: 50_000 }], db: {} };
    const plan = planAtOnce(inputOf({ nodes: full, rtts, calls: limited, pods }));
    expect(plan.unassigned).toEqual(['default/web-0']);
  });

  it('names those that fit nowhere, and plans the others', () => {
    const plan = planAtOnce(
      inputOf({ nodes: three, rtts, calls, pods: [podOf('web-0', { cpu: '3' }), podOf('db-0')] }),
    );
    expect(plan.unassigned).toEqual(['default/web-0']);
    expect(plan.assignments).toHaveLength(1);
  });

  it('is there without nodes and without pods', () => {
    expect(planAtOnce(inputOf({ nodes: three, rtts, calls, pods: [] }))).toMatchObject({ assignments: [], cost: 0 });
    const plan = planAtOnce(inputOf({ nodes: [], rtts: {}, calls, pods: [podOf('web-0')] }));
    expect(plan).toMatchObject({ assignments: [], unassigned: ['default/web-0'] });
  });
});

const names = ['n1', 'n2', 'n3', 'n4'];
const randomCase = fc
  .record({
    cpus: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 }),
    rtt: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 16, maxLength: 16 }),
    weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }),
    requests: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 2, maxLength: 5 }),
    fixed: fc.option(fc.constantFrom(...names), { nil: undefined }),
  })
  .map(({ cpus, rtt, weights: [a = 1, b = 1, c = 1], requests, fixed }): Case => {
    const pods = requests.map((cpu, index) =>
      podOf(`${['web', 'db', 'cache'][index % 3]}-${index}`, {
        cpu: String(cpu),
        ...(index === 0 && fixed !== undefined ? { node: fixed } : {}),
      }),
    );
    return {
      nodes: names.map((name, index) => makeNode(name, { cpu: String(cpus[index]) })),
      rtts: Object.fromEntries(
        names.map((from, row) => [
          from,
          Object.fromEntries(names.flatMap((to, column) => (from === to ? [] : [[to, rtt[row * 4 + column] ?? 1]]))),
        ]),
      ),
      calls: { web: { db: a, cache: b }, db: { cache: c }, cache: {} },
      pods,
    };
  });

/** The least cost over all placements that place every pod; undefined where there is none. */
function optimum({ known, pods, usages, matrix }: ReturnType<typeof inputOf>): number | undefined {
  const free = new Map(
    names.map((name) => [name, (usages.get(name)?.allocatable.cpu ?? 0) - (usages.get(name)?.requested.cpu ?? 0)]),
  );
  let least: number | undefined;
  const visit = (index: number, placed: Pod[]): void => {
    const pod = pods[index];
    if (pod === undefined) {
      const nodes = placementsOf(placed).get('default/shop') ?? new Map();
      const cost = placementCost(known.graph, nodes, matrix);
      least = least === undefined ? cost : Math.min(least, cost);
      return;
    }
    if (pod.spec.nodeName) {
      visit(index + 1, [...placed, pod]);
      return;
    }
    const cpu = Number(pod.spec.containers[0]?.resources?.requests?.cpu) * 1000;
    for (const name of names) {
      const room = free.get(name) ?? 0;
      if (room < cpu) continue;
      free.set(name, room - cpu);
      visit(index + 1, [...placed, { ...pod, spec: { ...pod.spec, nodeName: name } }]);
      free.set(name, room);
    }
  };
  visit(0, []);
  return least;
}

/** The pod where the plan has it. */
function boundBy(plan: Plan, pods: readonly Pod[]): Pod[] {
  const open = plan.assignments.map(({ workload, node }) => ({ workload, node }));
  return pods.flatMap((pod) => {
    const workload = pod.metadata.labels?.[WORKLOAD_LABEL];
    const position = open.findIndex(
      (each) => each.workload === workload && [undefined, each.node].includes(pod.spec.nodeName),
    );
    const [assigned] = position === -1 ? [] : open.splice(position, 1);
    return assigned === undefined ? [] : [{ ...pod, spec: { ...pod.spec, nodeName: assigned.node } }];
  });
}

describe('whatever the nodes and the pods', () => {
  it('it has every pod where limits let it be, with all others where they are', () => {
    let kept = 0;
    fc.assert(
      fc.property(randomCase, fc.integer({ min: 20, max: 90 }), ({ calls: weights, ...given }, latencyMs) => {
        const limit = { maxLatencyMicroseconds: latencyMs * 1000 };
        const limited = Object.entries(weights as Record<string, Record<string, number>>).map(([workload, called]) => [
          workload,
          Object.entries(called).map(([name, weight]) => ({ name, weight, ...limit })),
        ]);
        const input = inputOf({ ...given, calls: Object.fromEntries(limited) }, { requirements: 'All' });
        const bound = boundBy(planAtOnce(input), given.pods);
        const groups = new Map([['default/shop', input.known]]);
        for (const pod of bound.filter((each) =>
          given.pods.every(({ metadata, spec }) => metadata !== each.metadata || !spec.nodeName),
        )) {
          const placed = PlacementIndex.of(bound.filter((other) => other !== pod));
          const snapshot = createSnapshot({ matrix: input.matrix, placed, groups });
          const { rejected } = filterNodes(pod, names, snapshot, { strategy: 'linear', dependenciesOnly: false });
          expect(rejected[pod.spec.nodeName ?? '']).toBeUndefined();
          kept++;
        }
      }),
      { numRuns: 60, seed: 8 },
    );
    expect(kept).toBeGreaterThan(60);
  });

  it('its cost is that of the placement, between the bound and close to the best', () => {
    const ratios: number[] = [];
    fc.assert(
      fc.property(randomCase, (given) => {
        const input = inputOf(given);
        const plan = planAtOnce(input);
        expect(planAtOnce(input)).toEqual(plan);
        const placed = Map.groupBy(plan.assignments, ({ workload }) => workload);
        const nodes = new Map([...placed].map(([workload, all]) => [workload, all.map(({ node }) => node)]));
        expect(plan.cost).toBeCloseTo(placementCost(input.known.graph, nodes, input.matrix));
        expect(plan.lowerBound).toBeLessThanOrEqual(plan.cost + 1e-9);
        const best = optimum(input);
        if (best === undefined || plan.unassigned.length > 0) return;
        expect(plan.lowerBound).toBeLessThanOrEqual(best + 1e-9);
        expect(plan.cost).toBeGreaterThanOrEqual(best - 1e-9);
        ratios.push(best === 0 ? Number(plan.cost > 1e-9) + 1 : plan.cost / best);
      }),
      { numRuns: 300, seed: 7 },
    );
    const sorted = ratios.toSorted((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThanOrEqual(1 + 1e-9);
    expect(sorted.at(-1)).toBeLessThanOrEqual(1.2);
  });
});

describe('the work of a plan', () => {
  const pods = Array.from({ length: 120 }, (_, index) => podOf(`${index % 2 === 0 ? 'web' : 'db'}-${index}`));
  const nodes = Array.from({ length: 60 }, (_, index) => makeNode(`n${index}`, { cpu: '2' }));
  const steps = (outOfTime: (steps: number) => boolean) => {
    let count = 0;
    const pieces = planPlacement({ ...inputOf({ nodes, rtts: {}, calls, pods }), outOfTime: () => outOfTime(count) });
    while (!pieces.next().done) count += 1;
    return count;
  };

  it('is done in pieces that do not grow with the pods', () => {
    expect(steps(() => false)).toBeGreaterThan(2 * pods.length);
  });

  it('ends at once when the time is over and each pod has been looked at', () => {
    expect(steps(() => true)).toBeLessThan(pods.length + 5);
    const enough = pods.length + 20;
    expect(steps((count) => count >= enough)).toBeLessThan(enough + 5);
  });
});

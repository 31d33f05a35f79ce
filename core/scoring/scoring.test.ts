import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppGroup, AppGroupSpec } from '#core/api/app-group.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { buildGraph } from '#core/appgroup/graph.ts';
import { makeGroup, makeNode, makePod, makeSlice, makeSnapshot, makeTopology, NOW, NOW_MS } from '#test/builders.ts';
import { type ExplainedNode, explainPod, prepareToExplain } from './explain.ts';
import { placementCost } from './placement-cost.ts';
import { type ScoringConfig, type Snapshot, scorePod } from './score.ts';
import { newestMeasurementMs } from './snapshot.ts';
import { STRATEGY_NAMES } from './strategies.ts';

const linear: ScoringConfig = { strategy: 'linear', dependenciesOnly: false };
const nodeNames = ['n1', 'n2', 'n3'];

/** Weights and maxima under which a link's cost is its RTT in ms / 100. */
const byLatency = makeTopology(
  { weights: { latency: 100, bandwidth: 0, loss: 0 } },
  { maxima: { rttMicroseconds: 100_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 } },
);

function snapshotOf(input: {
  slices?: NetworkTopologySlice[];
  groups?: AppGroup[];
  pods?: Pod[];
  topology?: typeof byLatency;
}): Snapshot {
  const { slices = [], groups = [], pods = [], topology = byLatency } = input;
  return makeSnapshot({ nodes: nodeNames.map((name) => makeNode(name)), slices, pods, appGroups: groups, topology });
}

const ms = (milliseconds: number) => ({ rttMicroseconds: milliseconds * 1000 });

/** n1 -> n2 10 ms, n1 -> n3 80 ms, n2 -> n3 40 ms; back the same plus 1 ms. */
const slices = [
  makeSlice('n1', { n2: ms(10), n3: ms(80) }),
  makeSlice('n2', { n1: ms(11), n3: ms(40) }),
  makeSlice('n3', { n1: ms(81), n2: ms(41) }),
];
const shop = makeGroup('shop', { web: { cart: 2, db: 1 }, cart: { db: 3 }, db: {} });
const cartPod = makePod('cart-1', { group: 'shop', workload: 'cart' });
const placed = (workload: string, node: string, name = `${workload}-${node}`) =>
  makePod(name, { group: 'shop', workload, node });

describe('network cost', () => {
  it('adds what the pod calls and what calls it, each link in the direction of the call', () => {
    const snapshot = snapshotOf({ slices, groups: [shop], pods: [placed('web', 'n1'), placed('db', 'n3')] });
    const { nodes } = scorePod(cartPod, nodeNames, snapshot, linear);
    const n2 = nodes.find(({ node }) => node === 'n2');
    expect(n2?.dependencyCost).toBeCloseTo(3 * 0.4);
    expect(n2?.dependantCost).toBeCloseTo(2 * 0.1);
    expect(n2?.networkCost).toBeCloseTo(1.4);
    expect(n2?.source).toBe('measured');
  });

  it('takes the mean over the replicas of a peer', () => {
    const pods = [placed('db', 'n3', 'db-1'), placed('db', 'n3', 'db-2'), placed('db', 'n1', 'db-3')];
    const { nodes } = scorePod(cartPod, ['n2'], snapshotOf({ slices, groups: [shop], pods }), linear);
    expect(nodes[0]?.dependencyCost).toBeCloseTo((3 * (2 * 0.4 + 0.11)) / 3);
  });

  it('leaves dependants out where only dependencies count', () => {
    const snapshot = snapshotOf({ slices, groups: [shop], pods: [placed('web', 'n1'), placed('db', 'n3')] });
    const { nodes } = scorePod(cartPod, ['n2'], snapshot, { ...linear, dependenciesOnly: true });
    expect(nodes[0]).toMatchObject({ dependantCost: 0 });
  });

  it('counts a replica on a node that is not known as midway', () => {
    const snapshot = snapshotOf({ slices, groups: [shop], pods: [placed('db', 'gone'), placed('web', 'n1')] });
    const { nodes } = scorePod(cartPod, ['n1'], snapshot, linear);
    expect(nodes[0]).toMatchObject({ dependencyCost: 1.5, source: 'unknown' });
  });

  it('of a whole placement is the mean cost of a call', () => {
    const { matrix } = snapshotOf({ slices });
    const at = new Map([
      ['web', ['n1']],
      ['cart', ['n2']],
      ['db', ['n3']],
    ]);
    expect(placementCost(buildGraph(shop.spec), at, matrix)).toBeCloseTo((2 * 0.1 + 1 * 0.8 + 3 * 0.4) / 6);
    expect(placementCost(buildGraph(shop.spec), new Map(), matrix)).toBe(0);
  });
});

describe('scores', () => {
  it.each(STRATEGY_NAMES)('%s prefers the node beside the pod it talks to', (strategy) => {
    const bandwidth = { bandwidthBitsPerSecond: 1e8, lossPartsPerMillion: 100 };
    const withBandwidth = slices.map((slice) => ({
      ...slice,
      links: slice.links.map((link) => ({ ...link, ...bandwidth, bandwidthMeasuredAt: NOW })),
    }));
    const snapshot = snapshotOf({ slices: withBandwidth, groups: [shop], pods: [placed('db', 'n1')] });
    const { nodes } = scorePod(cartPod, nodeNames, snapshot, { strategy, dependenciesOnly: false });
    const [n1, n2, n3] = nodes.map(({ score }) => score) as [number, number, number];
    expect(n1).toBeGreaterThan(n2);
    expect(n2).toBeGreaterThan(n3);
  });

  it('minmax gives the cheapest 100 and the dearest 0, truncated between, as NetworkOverhead normalizes', () => {
    const snapshot = snapshotOf({ slices, groups: [shop], pods: [placed('db', 'n1')] });
    const { nodes } = scorePod(cartPod, nodeNames, snapshot, { strategy: 'minmax', dependenciesOnly: false });
    expect(nodes.map(({ score }) => score)).toEqual([100, 100 - Math.trunc((100 * 11) / 81), 0]);
  });

  it('minmax gives equal nodes the same', () => {
    const snapshot = snapshotOf({ slices, groups: [shop], pods: [placed('db', 'n1')] });
    const { nodes } = scorePod(cartPod, ['n2'], snapshot, { strategy: 'minmax', dependenciesOnly: false });
    expect(nodes.map(({ score }) => score)).toEqual([100]);
  });

  it('utility takes any link within its limit as fully good', () => {
    const limited = makeGroup('shop', {
      cart: [{ name: 'db', weight: 3, maxLatencyMicroseconds: 20_000 }],
      db: {},
    });
    const snapshot = snapshotOf({ slices, groups: [limited], pods: [placed('db', 'n1')] });
    const { nodes } = scorePod(cartPod, nodeNames, snapshot, { strategy: 'utility', dependenciesOnly: false });
    expect(nodes.map(({ score }) => score)).toEqual([100, 100, Math.round((100 * 20) / 81)]);
  });

  it('minmax does not stretch what differs by rounding alone', () => {
    const peers = makeGroup('shop', { web: { a: 1, b: 1, c: 1 }, a: {}, b: {}, c: {} });
    const rounding = [
      makeSlice('n1', { n4: ms(10), n5: ms(20), n6: ms(30) }),
      makeSlice('n2', { n4: ms(30), n5: ms(20), n6: ms(10) }),
    ];
    const pods = ['a', 'b', 'c'].map((workload, index) => placed(workload, `n${4 + index}`));
    const six = Array.from({ length: 6 }, (_, index) => makeNode(`n${index + 1}`));
    const appGroups = [peers];
    const snapshot = makeSnapshot({ nodes: six, slices: rounding, topology: byLatency, pods, appGroups });
    const pod = makePod('web-1', { group: 'shop', workload: 'web' });
    const { nodes } = scorePod(pod, ['n1', 'n2'], snapshot, { strategy: 'minmax', dependenciesOnly: false });
    expect(nodes[0]?.networkCost).not.toBe(nodes[1]?.networkCost);
    expect(nodes.map(({ score }) => score)).toEqual([100, 100]);
  });

  it.each(STRATEGY_NAMES)(
    '%s puts a node that cannot reach its peer last, however fast the rest of the network is',
    (strategy) => {
      const fast = { rttMicroseconds: 300, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 0 };
      const known = [makeSlice('n2', { n1: fast }), makeSlice('n3', { n1: { lossPartsPerMillion: 1_000_000 } })];
      const pods = [placed('db', 'n1')];
      const snapshot = snapshotOf({ slices: known, groups: [shop], pods, topology: makeTopology() });
      const { nodes } = scorePod(cartPod, nodeNames, snapshot, { strategy, dependenciesOnly: false });
      const [n1, n2, n3] = nodes.map(({ score }) => score) as [number, number, number];
      expect(n1).toBeGreaterThanOrEqual(n2);
      expect(n2).toBeGreaterThan(n3);
    },
  );

  it('utility takes a link of which nothing is known for midway', () => {
    const known = [makeSlice('n2', { n1: ms(1) })];
    const snapshot = snapshotOf({
      slices: known,
      groups: [shop],
      pods: [placed('db', 'n1')],
      topology: makeTopology(),
    });
    const { nodes } = scorePod(cartPod, nodeNames, snapshot, { strategy: 'utility', dependenciesOnly: false });
    expect(nodes.map(({ score }) => score)).toEqual([100, 100, 50]);
  });

  const extreme = fc.record({
    weight: fc.constantFrom(1, 7, 1_000_000_000),
    rtt: fc.constantFrom(0, 1, 60_000_000),
    bandwidth: fc.constantFrom(0, 10_000_000_000_000),
    loss: fc.constantFrom(0, 999_999, 1_000_000),
    weights: fc.constantFrom(
      { latency: 100, bandwidth: 0, loss: 0 },
      { latency: 0, bandwidth: 100, loss: 0 },
      { latency: 0, bandwidth: 0, loss: 100 },
    ),
    maximum: fc.constantFrom(0, 1, 1_000_000),
    replicaNodes: fc.array(fc.constantFrom('n1', 'n2', 'n3', 'gone'), { minLength: 1, maxLength: 5 }),
    candidates: fc.subarray([...nodeNames, 'unheard-of'], { minLength: 1 }),
    strategy: fc.constantFrom(...STRATEGY_NAMES),
  });

  it('are integers from 0 to 100 also at the ends of every range', () => {
    fc.assert(
      fc.property(extreme, (x) => {
        const group = makeGroup('shop', { cart: { db: x.weight }, web: { cart: x.weight }, db: {} });
        const own = { rttMicroseconds: x.rtt, bandwidthBitsPerSecond: x.bandwidth, lossPartsPerMillion: x.loss };
        const known = [makeSlice('n1', { n2: own }), makeSlice('n2', { n3: own })];
        const pods = x.replicaNodes.flatMap((node, index) => [
          placed('db', node, `db-${index}`),
          placed('web', node, `web-${index}`),
        ]);
        const { maximum } = x;
        const maxima = { rttMicroseconds: maximum, bandwidthBitsPerSecond: maximum, lossPartsPerMillion: maximum };
        const topology = makeTopology({ weights: x.weights }, { maxima });
        const snapshot = snapshotOf({ slices: known, groups: [group], pods, topology });
        const config = { strategy: x.strategy, dependenciesOnly: false };
        const { nodes } = scorePod(cartPod, x.candidates, snapshot, config);
        expect(nodes.map(({ node }) => node)).toEqual(x.candidates);
        for (const { score, networkCost } of nodes) {
          expect(Number.isInteger(score) && score >= 0 && score <= 100 && !Object.is(score, -0)).toBe(true);
          expect(networkCost).toBeGreaterThanOrEqual(0);
          expect(networkCost).toBeLessThanOrEqual(2 * x.weight * (1 + 1e-9));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('do not depend on the order of the candidates', () => {
    const order = fc.shuffledSubarray(nodeNames, { minLength: 3 });
    const snapshot = snapshotOf({ slices, groups: [shop], pods: [placed('web', 'n1'), placed('db', 'n3')] });
    fc.assert(
      fc.property(order, fc.constantFrom(...STRATEGY_NAMES), (candidates, strategy) => {
        const scores = (names: string[]) =>
          scorePod(cartPod, names, snapshot, { strategy, dependenciesOnly: false }).nodes.toSorted((a, b) =>
            a.node < b.node ? -1 : 1,
          );
        expect(scores(candidates)).toEqual(scores(nodeNames));
      }),
    );
  });

  const link = fc.record({
    rttMicroseconds: fc.integer({ min: 0, max: 200_000 }),
    lossPartsPerMillion: fc.integer({ min: 0, max: 999_999 }),
    bandwidthBitsPerSecond: fc.integer({ min: 0, max: 2e9 }),
  });
  const strategies = fc.constantFrom(...STRATEGY_NAMES);

  it('are integers from 0 to 100 whatever is known', () => {
    const maybe = fc.option(link, { nil: {} });
    fc.assert(
      fc.property(maybe, maybe, maybe, strategies, fc.boolean(), (a, b, c, strategy, dependenciesOnly) => {
        const known = [makeSlice('n1', { n2: a, n3: b }), makeSlice('n2', { n1: c })];
        const pods = [placed('db', 'n2'), placed('web', 'n1')];
        const snapshot = snapshotOf({ slices: known, groups: [shop], pods, topology: makeTopology() });
        const config = { strategy, dependenciesOnly };
        for (const { score, networkCost } of scorePod(cartPod, [...nodeNames, 'gone'], snapshot, config).nodes) {
          expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
          expect(networkCost).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('never fall for a node when only its own link improves', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(link, link, share, strategies, (own, other, better, strategy) => {
        const scoreOf = (mine: typeof own) => {
          const known = [makeSlice('n1', { n2: mine }), makeSlice('n3', { n2: other })];
          const snapshot = snapshotOf({
            slices: known,
            groups: [shop],
            pods: [placed('db', 'n2')],
            topology: byLatency,
          });
          return scorePod(cartPod, ['n1', 'n3'], snapshot, { strategy, dependenciesOnly: false }).nodes[0]?.score;
        };
        const improved = {
          rttMicroseconds: Math.floor(own.rttMicroseconds * better),
          lossPartsPerMillion: Math.floor(own.lossPartsPerMillion * better),
          bandwidthBitsPerSecond: Math.ceil(own.bandwidthBitsPerSecond * (2 - better)),
        };
        expect(scoreOf(improved)).toBeGreaterThanOrEqual(scoreOf(own) ?? Number.NaN);
      }),
    );
  });
});

describe('a pod that the network cannot tell apart', () => {
  const db = placed('db', 'n1');
  it.each([
    ['of no group', makePod('p'), [shop], [db], slices, 'noGroup'],
    ['of a group that is not there', cartPod, [], [db], slices, 'unknownGroup'],
    [
      'of a workload that its group does not name',
      makePod('p', { group: 'shop', workload: 'x' }),
      [shop],
      [db],
      slices,
      'unknownWorkload',
    ],
    ['with no peer placed yet', cartPod, [shop], [], slices, 'noPlacedPeers'],
    ['in a cluster without topology', cartPod, [shop], [db], [], undefined],
  ])('%s gets the same score on every node', (_name, pod, groups, pods, known, want) => {
    const { nodes, neutral } = scorePod(pod, ['n2', 'n3'], snapshotOf({ slices: known, groups, pods }), linear);
    expect(new Set(nodes.map(({ score }) => score)).size).toBe(1);
    if (want !== undefined) expect(neutral).toBe(want);
  });

  it('says so where nothing at all is known of the links', () => {
    const snapshot = snapshotOf({ groups: [shop], pods: [db] });
    const { neutral, nodes } = scorePod(cartPod, ['n2', 'n3'], snapshot, { ...linear, strategy: 'minmax' });
    expect(neutral).toBe('nothingKnown');
    expect(nodes).toMatchObject([
      { score: 50, networkCost: 1.5 },
      { score: 50, networkCost: 1.5 },
    ]);
    expect(scorePod(cartPod, ['x', 'y'], snapshot, linear).neutral).toBe('unknownNodes');
  });

  it('has no scores for no candidates', () => {
    expect(scorePod(cartPod, [], snapshotOf({ slices, groups: [shop], pods: [db] }), linear).nodes).toEqual([]);
  });
});

describe('explainPod', () => {
  const pods = [placed('web', 'n1'), placed('db', 'n3', 'db-1'), placed('db', 'n1', 'db-2')];
  const snapshot = snapshotOf({ slices, groups: [shop], pods });

  it('tells best first what each link adds, and the parts add up to the network cost', () => {
    const { nodes, pod, strategy } = explainPod(cartPod, nodeNames, snapshot, linear);
    expect({ pod, strategy }).toEqual({ pod: 'default/cart-1', strategy: 'linear' });
    expect(nodes.map(({ node }) => node)).toEqual(['n2', 'n1', 'n3']);
    for (const { links, networkCost } of nodes) {
      expect(links.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(networkCost);
    }
    expect(nodes[0]?.links.map(({ peer, peerNode }) => `${peer}@${peerNode}`)).toEqual(['db@n3', 'web@n1', 'db@n1']);
  });

  it('tells where a bound pod is, what is neutral and what would be rejected', () => {
    const strict = makeGroup('shop', { cart: [{ name: 'db', weight: 1, maxLatencyMicroseconds: 1 }], db: {} });
    const strictSnapshot = snapshotOf({ slices, groups: [strict], pods });
    const bound = makePod('cart-1', { group: 'shop', workload: 'cart', node: 'n2' });
    const explained = explainPod(bound, nodeNames, strictSnapshot, linear);
    expect(explained.boundTo).toBe('n2');
    expect(explained.nodes.find(({ node }) => node === 'n2')?.rejected).toBe('network limit broken: latency to db');
    expect(explainPod(makePod('p'), nodeNames, snapshot, linear)).toMatchObject({ neutral: 'noGroup' });
  });
});

describe('what explainPod says of the choice', () => {
  const pods = [placed('web', 'n1'), placed('db', 'n3', 'db-1'), placed('db', 'n1', 'db-2')];
  const choiceOf = (pod: Pod, spec: Partial<AppGroupSpec>, maxLatencyMicroseconds: number) => {
    const calls = [{ name: 'db', weight: 3, maxLatencyMicroseconds }];
    const group = makeGroup('shop', { web: { cart: 2 }, cart: calls, db: {} }, spec);
    return explainPod(pod, nodeNames, snapshotOf({ slices, groups: [group], pods }), linear);
  };

  it.each([
    ['that is not bound: the best and the next', undefined, 60_000_000, 'n2', 'n1'],
    ['that is bound: its node, and the best of the others', 'n3', 60_000_000, 'n3', 'n2'],
    // Both replicas of db are within 50 ms of n2 alone.
    ['whose limits one node keeps: that one', undefined, 50_000, 'n2', undefined],
    ['whose limits its node breaks: it, and one that keeps them', 'n1', 50_000, 'n1', 'n2'],
  ])('of a pod %s', (_, node, limit, chosen, runnerUp) => {
    const pod = makePod('cart-1', { group: 'shop', workload: 'cart', ...(node === undefined ? {} : { node }) });
    const told = choiceOf(pod, { requirements: 'All' }, limit);
    expect([told.chosen?.node, told.runnerUp?.node]).toEqual([chosen, runnerUp]);
    const { links, score, networkCost } = told.nodes.find((other) => other.node === chosen) as ExplainedNode;
    expect(told.chosen).toEqual({ node: chosen, score, networkCost, largestTerms: links.slice(0, 2) });
  });

  it('is nothing where no node passes, or the network cannot tell the nodes apart', () => {
    expect(choiceOf(cartPod, { requirements: 'All' }, 1)).not.toHaveProperty('chosen');
    const neutral = explainPod(makePod('p', { node: 'n1' }), nodeNames, snapshotOf({ slices, groups: [shop] }), linear);
    expect(neutral).not.toHaveProperty('chosen');
    expect(neutral).not.toHaveProperty('runnerUp');
  });
});

describe('newestMeasurementMs', () => {
  it('is the newest of all times, and 0 where nothing is measured', () => {
    expect(newestMeasurementMs(slices)).toBe(NOW_MS);
    expect(newestMeasurementMs([])).toBe(0);
  });
});

describe('explainPod in a large cluster', () => {
  const names = Array.from({ length: 60 }, (_, index) => `n${index + 1}`);
  const rtts = Object.fromEntries(names.slice(1).map((name, index) => [name, ms(index + 1)]));
  const nodes = names.map((name) => makeNode(name));
  const snapshot = makeSnapshot({
    nodes,
    slices: [makeSlice('n1', rtts)],
    topology: byLatency,
    pods: [placed('web', 'n1')],
    appGroups: [shop],
  });

  it('tells the links of the best nodes and of the one that the pod is bound to, and how many are without', () => {
    const bound = makePod('cart-1', { group: 'shop', workload: 'cart', node: 'n60' });
    const explained = explainPod(bound, names, snapshot, linear);
    expect(explained.nodes).toHaveLength(60);
    expect(explained.nodes.filter(({ links }) => links.length > 0).map(({ node }) => node)).toEqual([
      ...names.slice(0, 50),
      'n60',
    ]);
    expect(explained.nodesWithoutLinks).toBe(9);
    expect(explainPod(makePod('p'), names, snapshot, linear)).not.toHaveProperty('nodesWithoutLinks');
  });

  it('is prepared in pieces, one for each node with peers', () => {
    expect([...prepareToExplain(cartPod, snapshot, linear)]).toHaveLength(1);
    expect([...prepareToExplain(makePod('p'), snapshot, linear)]).toHaveLength(0);
  });
});

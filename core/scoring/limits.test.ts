import { describe, expect, it } from 'vitest';
import type { AppGroupSpec, Requirements } from '#core/api/app-group.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { makeGroup, makeNode, makePod, makeSlice, makeSnapshot, makeTopology, NOW } from '#test/builders.ts';
import { filterNodes, firstPassing } from './filter.ts';
import type { ScoringConfig, Snapshot } from './score.ts';

const config: ScoringConfig = { strategy: 'linear', dependenciesOnly: false };
const nodeNames = ['n1', 'n2', 'n3'];
const limits = { maxLatencyMicroseconds: 20_000, minBandwidth: '10M', maxLossPartsPerMillion: 100, maxNetworkCost: 50 };
const good = { rttMicroseconds: 10_000, bandwidthBitsPerSecond: 2e7, lossPartsPerMillion: 0 };
/** Under these weights and maxima a link's cost is its RTT in ms / 100. */
const topology = makeTopology(
  { weights: { latency: 100, bandwidth: 0, loss: 0 } },
  { maxima: { rttMicroseconds: 100_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 } },
);
const pod = (workload: string, node?: string, name = `${workload}-${node}`) =>
  makePod(name, { group: 'shop', workload, ...(node === undefined ? {} : { node }) });

/** web calls db, with these limits. */
function snapshotOf(input: {
  limits?: object;
  spec?: Partial<AppGroupSpec>;
  slices?: NetworkTopologySlice[];
  pods: Pod[];
}): Snapshot {
  const dependency = { name: 'db', weight: 1, ...(input.limits ?? limits) };
  const appGroups = [makeGroup('shop', { web: [dependency], db: {} }, { requirements: 'All', ...input.spec })];
  const nodes = nodeNames.map((name) => makeNode(name));
  return makeSnapshot({ nodes, slices: input.slices ?? [], topology, pods: input.pods, appGroups });
}

/** What filter says of n2 for a web pod, with db on n1 and this link from n2 to n1. */
function filterWeb(
  link: Record<string, number>,
  options: { limits?: object; spec?: Partial<AppGroupSpec>; candidates?: string[] } = {},
) {
  const snapshot = snapshotOf({ ...options, slices: [makeSlice('n2', { n1: link })], pods: [pod('db', 'n1')] });
  return filterNodes(pod('web'), options.candidates ?? ['n2'], snapshot, config);
}

describe('limits', () => {
  it.each([
    ['latency', { ...good, rttMicroseconds: 20_001 }],
    ['bandwidth', { ...good, bandwidthBitsPerSecond: 9_999_999 }],
    ['loss', { ...good, lossPartsPerMillion: 101 }],
    ['latency', { ...good, rttMicroseconds: 51_000, lossPartsPerMillion: 101 }],
    ['reachability', { lossPartsPerMillion: 1_000_000 }],
  ])('reject a node that breaks them, naming the first, as %s', (metric, link) => {
    expect(filterWeb(link as Record<string, number>)).toEqual({
      passed: [],
      rejected: { n2: `network limit broken: ${metric} to db` },
    });
  });

  it.each<[string, object, Record<string, number>]>([
    ['latency', { maxLatencyMicroseconds: 20_000 }, { rttMicroseconds: 20_000 }],
    ['bandwidth', { minBandwidth: '16.1M' }, { rttMicroseconds: 1, bandwidthBitsPerSecond: 16_100_000 }],
    ['loss', { maxLossPartsPerMillion: 7 }, { rttMicroseconds: 1, lossPartsPerMillion: 7 }],
    ['cost', { maxNetworkCost: 20 }, { rttMicroseconds: 20_000 }],
  ])('are kept by a link that is exactly as good as its limit of %s', (_metric, limit, link) => {
    expect(filterWeb(link, { limits: limit }).passed).toEqual(['n2']);
  });

  it('take a cost that is exactly the limit for kept', () => {
    for (let percent = 0; percent <= 100; percent++) {
      const staticCosts = [{ topologyKey: 'zone', origin: 'a', destination: 'b', networkCost: percent }];
      const snapshot = makeSnapshot({
        nodes: [makeNode('n1', { zone: 'a' }), makeNode('n2', { zone: 'b' })],
        topology: makeTopology({ staticCosts }),
        pods: [pod('db', 'n1')],
        appGroups: [makeGroup('shop', { web: [{ name: 'db', weight: 1, maxNetworkCost: percent }], db: {} })],
      });
      expect(filterNodes(pod('web'), ['n2'], snapshot, config).passed, `${percent} %`).toEqual(['n2']);
    }
  });

  it('let a node pass that keeps them, or is the peer’s own', () => {
    expect(filterWeb(good, { candidates: ['n1', 'n2'] })).toEqual({ passed: ['n1', 'n2'], rejected: {} });
  });

  it.each<[Requirements, string, boolean]>([
    ['All', 'rejects at the first', false],
    ['Majority', 'passes where as many are kept as broken', true],
    ['Any', 'passes where one is kept', true],
  ])('%s %s', (requirements, _meaning, passes) => {
    const two = { maxLatencyMicroseconds: 20_000, maxLossPartsPerMillion: 100 };
    const { passed } = filterWeb({ ...good, lossPartsPerMillion: 5000 }, { limits: two, spec: { requirements } });
    expect(passed).toEqual(passes ? ['n2'] : []);
  });

  it.each<Requirements>(['Majority', 'Any'])('%s rejects where all are broken', (requirements) => {
    const broken = { rttMicroseconds: 90_000, bandwidthBitsPerSecond: 1, lossPartsPerMillion: 500_000 };
    expect(filterWeb(broken, { spec: { requirements } }).passed).toEqual([]);
  });

  it('count once for each node that holds replicas of the peer', () => {
    const slices = [makeSlice('n3', { n1: { rttMicroseconds: 90_000 }, n2: { rttMicroseconds: 1_000 } })];
    const pods = [pod('db', 'n1', 'a'), pod('db', 'n1', 'b'), pod('db', 'n2', 'c')];
    const passedWith = (requirements: Requirements) => {
      const options = { limits: { maxLatencyMicroseconds: 20_000 }, spec: { requirements } };
      return filterNodes(pod('web'), ['n3'], snapshotOf({ ...options, slices, pods }), config).passed;
    };
    expect([passedWith('Majority'), passedWith('All')]).toEqual([['n3'], []]);
  });

  it('name the first node that passes', () => {
    const slices = [makeSlice('n2', { n1: { ...good, rttMicroseconds: 90_000 } }), makeSlice('n3', { n1: good })];
    const snapshot = snapshotOf({ slices, pods: [pod('db', 'n1')] });
    expect(firstPassing(pod('web'), ['n2', 'n3', 'n1'], snapshot, config)).toBe('n3');
    expect(firstPassing(pod('web'), ['n2'], snapshot, config)).toBeUndefined();
    expect(firstPassing(makePod('of no group'), ['n2'], snapshot, config)).toBe('n2');
  });
});

describe.each<[string, object, Record<string, number>]>([
  ['latency', { maxLatencyMicroseconds: 20_000 }, { rttMicroseconds: 50_000 }],
  ['bandwidth', { minBandwidth: '10M' }, { bandwidthBitsPerSecond: 9e6 }],
  ['loss', { maxLossPartsPerMillion: 100 }, { lossPartsPerMillion: 5000 }],
  ['cost', { maxNetworkCost: 20 }, { rttMicroseconds: 50_000 }],
])('a limit of %s', (metric, limit, worse) => {
  const bad = { ...good, ...worse };

  it('binds the caller where the callee is placed, on the link of the call', () => {
    const slices = [
      makeSlice('n2', { n1: bad }),
      makeSlice('n1', { n2: good, n3: bad }),
      makeSlice('n3', { n1: good }),
    ];
    const snapshot = snapshotOf({ limits: limit, slices, pods: [pod('db', 'n1')] });
    expect(filterNodes(pod('web'), nodeNames, snapshot, config)).toEqual({
      passed: ['n1', 'n3'],
      rejected: { n2: `network limit broken: ${metric} to db` },
    });
  });

  it('binds the callee where the caller is placed, on the link of the call', () => {
    const slices = [
      makeSlice('n1', { n2: bad, n3: good }),
      makeSlice('n2', { n1: good }),
      makeSlice('n3', { n1: bad }),
    ];
    const snapshot = snapshotOf({ limits: limit, slices, pods: [pod('web', 'n1')] });
    expect(filterNodes(pod('db'), nodeNames, snapshot, config)).toEqual({
      passed: ['n1', 'n3'],
      rejected: { n2: `network limit broken: ${metric} from web` },
    });
    expect(filterNodes(pod('db'), nodeNames, snapshot, { ...config, dependenciesOnly: true }).rejected).toEqual({});
  });

  describe('of a link that is not known', () => {
    // One link is measured; nodes without zones and regions have no costs by labels.
    const known = makeSlice('n2', { n1: { ...good, rttMicroseconds: 1 } });
    const filter = (unknownLinks: 'Pass' | 'Reject', workload: string, pods: Pod[], candidates: string[]) => {
      const snapshot = snapshotOf({ limits: limit, spec: { unknownLinks }, slices: [known], pods });
      return filterNodes(pod(workload), candidates, snapshot, config);
    };
    const reason = (peer: string) => `network limit broken: unknown ${metric} ${peer}`;

    it('passes where nothing else is asked for', () => {
      const pods = [pod('db', 'n1'), pod('db', 'gone')];
      const candidates = [...nodeNames, 'unheard-of'];
      expect(filter('Pass', 'web', pods, candidates)).toEqual({ passed: candidates, rejected: {} });
    });

    it('is broken where the AppGroup asks for it', () => {
      expect(filter('Reject', 'web', [pod('db', 'n1')], [...nodeNames, 'unheard-of'])).toEqual({
        passed: ['n1', 'n2'],
        rejected: { n3: reason('to db'), 'unheard-of': reason('to db') },
      });
      expect(filter('Reject', 'db', [pod('web', 'n1')], ['n1', 'n3']).rejected).toEqual({ n3: reason('from web') });
    });

    it('is broken, too, of a peer on a node that is not known, but on that very node', () => {
      const { passed, rejected } = filter('Reject', 'web', [pod('db', 'gone')], ['n1', 'gone']);
      expect({ passed, rejected }).toEqual({ passed: ['gone'], rejected: { n1: reason('to db') } });
    });
  });
});

it('what is not known counts as one broken limit among the others', () => {
  const partly = { rttMicroseconds: 10_000, lossPartsPerMillion: 0 };
  const passes = (requirements: Requirements) =>
    filterWeb(partly, { spec: { requirements, unknownLinks: 'Reject' } }).passed.length > 0;
  expect([passes('Majority'), passes('Any'), passes('All')]).toEqual([true, true, false]);
});

it('a bandwidth that is that of the zone pair counts as known', () => {
  const zoned = (bandwidthBitsPerSecond: number) =>
    makeSnapshot({
      nodes: ['n1', 'n2', 'n3', 'n4'].map((name, index) => makeNode(name, { zone: index < 2 ? 'a' : 'b' })),
      slices: [makeSlice('n3', { n2: { ...good, bandwidthBitsPerSecond } })],
      topology,
      pods: [pod('db', 'n1')],
      appGroups: [makeGroup('shop', { web: [{ name: 'db', weight: 1, minBandwidth: '10M' }], db: {} })],
    });
  expect(filterNodes(pod('web'), ['n4'], zoned(1e7), config).passed).toEqual(['n4']);
  expect(filterNodes(pod('web'), ['n4'], zoned(9_999_999), config).passed).toEqual([]);
});

describe('a bandwidth of which only the most that it can be is known', () => {
  const link = { rttMicroseconds: 10_000, lossPartsPerMillion: 0 };

  /** What filter says of n2 with so much left at its interface. */
  function filterWithRoom(freeToSendBitsPerSecond: number, unknownLinks: 'Pass' | 'Reject') {
    const measuredAt = NOW;
    const room = { speedBitsPerSecond: 1e9, freeToSendBitsPerSecond, freeToReceiveBitsPerSecond: 1e9, measuredAt };
    const slices = [{ ...makeSlice('n2', { n1: link }), interface: room }];
    const snapshot = snapshotOf({
      limits: { minBandwidth: '10M' },
      spec: { unknownLinks },
      slices,
      pods: [pod('db', 'n1')],
    });
    return filterNodes(pod('web'), ['n2'], snapshot, config);
  }

  it.each([
    { name: 'too little: breaks the limit', free: 9_999_999, unknown: 'Pass', rejected: 'bandwidth to db' },
    { name: 'enough, but it may be less: passes', free: 10_000_000, unknown: 'Pass', rejected: undefined },
    {
      name: 'enough, but what is unknown is rejected',
      free: 1e9,
      unknown: 'Reject',
      rejected: 'unknown bandwidth to db',
    },
  ] as const)('$name', ({ free, unknown, rejected }) => {
    const reasons = rejected === undefined ? {} : { n2: `network limit broken: ${rejected}` };
    expect(filterWithRoom(free, unknown).rejected).toEqual(reasons);
  });
});

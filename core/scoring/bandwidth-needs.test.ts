import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pod } from '#core/api/kubernetes.ts';
import { makeGroup, makeNode, makePod, makeSlice, makeSnapshot } from '#test/builders.ts';
import { explainPod } from './explain.ts';
import { filterNodes } from './filter.ts';
import type { ScoringConfig } from './score.ts';

const config: ScoringConfig = { strategy: 'linear', dependenciesOnly: false };
const nodeNames = ['n1', 'n2', 'n3', 'n4'];
const nodes = nodeNames.map((name) => makeNode(name));
const needing = (name: string, minBandwidth: string | number) => ({ name, weight: 1, minBandwidth });
/** Pods such as "web@n1", of the group. */
const podsOf = (group: string, ...places: string[]): Pod[] =>
  places.map((place, index) => {
    const [workload = '', node] = place.split('@');
    return makePod(`${group}-${workload}-${index}`, { group, workload, ...(node === undefined ? {} : { node }) });
  });

/** Pods that come and are placed wherever filter lets them, and callers that go again. */
it('what filter lets pass is never more than a link has', () => {
  const all = { requirements: 'All' } as const;
  const groups = [
    makeGroup('shop', { web: [needing('db', '10M'), needing('cart', '7M')], cart: [needing('db', '5M')], db: {} }, all),
    makeGroup('blog', { web: [needing('db', 3_333_333)], db: [needing('web', '2M')] }, all),
  ];
  const speeds = fc.array(fc.option(fc.integer({ min: 0, max: 60_000_000 }), { nil: undefined }), {
    minLength: 16,
    maxLength: 16,
  });
  const arrival = fc.record({
    group: fc.constantFrom('shop', 'blog'),
    workload: fc.constantFrom('web', 'cart', 'db'),
    nodes: fc.shuffledSubarray(nodeNames, { minLength: 1 }),
  });
  fc.assert(
    fc.property(speeds, fc.array(arrival, { minLength: 5, maxLength: 25 }), (bandwidths, arrivals) => {
      const slices = nodeNames.map((origin, from) =>
        makeSlice(
          origin,
          Object.fromEntries(
            nodeNames.flatMap((destination, to) => {
              const bandwidthBitsPerSecond = bandwidths[from * nodeNames.length + to];
              if (from === to || bandwidthBitsPerSecond === undefined) return [];
              return [[destination, { rttMicroseconds: 100, bandwidthBitsPerSecond }]];
            }),
          ),
        ),
      );
      const pods: Pod[] = [];
      for (const [number, { group, workload, nodes: candidates }] of arrivals.entries()) {
        const pod = makePod(`p${number}`, { group, workload });
        const snapshot = makeSnapshot({ nodes, slices, pods, appGroups: groups });
        const [node] = filterNodes(pod, candidates, snapshot, config).passed;
        if (node !== undefined) pods.push({ ...pod, spec: { ...pod.spec, nodeName: node } });
      }
      const { matrix, reservedBandwidth: reserved } = makeSnapshot({ nodes, slices, pods, appGroups: groups });
      for (const origin of nodeNames) {
        for (const destination of nodeNames) {
          const { bandwidthBitsPerSecond = Number.POSITIVE_INFINITY } = matrix.link(origin, destination);
          expect(reserved(origin, destination)).toBeLessThanOrEqual(bandwidthBitsPerSecond);
        }
      }
    }),
    { numRuns: 300 },
  );
});

describe('what others reserve is not there for a call', () => {
  /** Every link has this. */
  const all = (bandwidthBitsPerSecond: number) =>
    nodeNames.map((origin) =>
      makeSlice(
        origin,
        Object.fromEntries(
          nodeNames
            .filter((name) => name !== origin)
            .map((name) => [name, { rttMicroseconds: 100, bandwidthBitsPerSecond }]),
        ),
      ),
    );
  const spec = { requirements: 'All' } as const;
  const group = makeGroup('shop', { web: [needing('db', '10M'), needing('cart', '4M')], cart: {}, db: {} }, spec);
  const other = makeGroup('blog', { web: [needing('db', '6M')], db: {} }, spec);

  it.each<[string, number, Pod[], string, string[]]>([
    ['a caller, of what other callers reserve', 19e6, podsOf('shop', 'db@n1', 'web@n2'), 'web', ['n1', 'n3', 'n4']],
    ['a caller, where both fit', 20e6, podsOf('shop', 'db@n1', 'web@n2'), 'web', nodeNames],
    [
      'a caller, of what another AppGroup reserves',
      15e6,
      [...podsOf('shop', 'db@n1'), ...podsOf('blog', 'db@n1', 'web@n3')],
      'web',
      ['n1', 'n2', 'n4'],
    ],
    ['a caller, of its own calls over one link', 13e6, podsOf('shop', 'db@n1', 'cart@n1'), 'web', ['n1']],
    ['a caller, whose calls over one link fit together', 14e6, podsOf('shop', 'db@n1', 'cart@n1'), 'web', nodeNames],
    ['a caller, whose calls may all go to one replica', 9e6, podsOf('shop', 'db@n1', 'db@n2'), 'web', []],
    ['a callee, of all callers on one node', 19e6, podsOf('shop', 'web@n1', 'web@n1'), 'db', ['n1']],
    [
      'a callee, of the calls that other replicas do not take',
      10e6,
      podsOf('shop', 'web@n1', 'web@n1', 'db@n1'),
      'db',
      nodeNames,
    ],
    [
      'a callee beside another one, that takes a part of the same calls',
      10e6,
      podsOf('shop', 'web@n1', 'db@n2'),
      'db',
      nodeNames,
    ],
    [
      'a callee beside others, of more callers than the link has room for',
      19e6,
      podsOf('shop', 'web@n1', 'web@n1', 'db@n2', 'db@n2'),
      'db',
      ['n1', 'n3', 'n4'],
    ],
  ])('%s (%f bit/s)', (_what, bandwidth, pods, workload, want) => {
    const snapshot = makeSnapshot({ nodes, slices: all(bandwidth), pods, appGroups: [group, other] });
    const { passed, rejected } = filterNodes(makePod('new', { group: 'shop', workload }), nodeNames, snapshot, config);
    expect(passed).toEqual(want);
    for (const reason of Object.values(rejected)) expect(reason).toMatch(/^network limit broken: bandwidth (to|from) /);
  });

  it('also where the bandwidth is that of the zone pair', () => {
    const zoned = nodeNames.map((name, index) => makeNode(name, { zone: index < 2 ? 'a' : 'b' }));
    const slices = [makeSlice('n3', { n2: { rttMicroseconds: 100, bandwidthBitsPerSecond: 19e6 } })];
    const pods = podsOf('shop', 'db@n1', 'web@n3');
    const snapshot = makeSnapshot({ nodes: zoned, slices, pods, appGroups: [group] });
    const { passed } = filterNodes(makePod('new', { group: 'shop', workload: 'web' }), ['n3', 'n4'], snapshot, config);
    expect(passed).toEqual(['n4']);
  });

  it.each(['web', 'db'])('but a placed %s does not count against itself', (workload) => {
    const pods = podsOf('shop', 'web@n1', 'db@n2');
    const snapshot = makeSnapshot({ nodes, slices: all(10e6), pods, appGroups: [group] });
    const placed = pods.find(({ metadata }) => metadata.name.includes(workload)) as Pod;
    expect(filterNodes(placed, nodeNames, snapshot, config).rejected).toEqual({});
  });

  it('and explain tells it of each link', () => {
    const pods = podsOf('shop', 'db@n1', 'web@n2');
    const snapshot = makeSnapshot({ nodes, slices: all(19e6), pods, appGroups: [group] });
    const { nodes: explained } = explainPod(
      makePod('new', { group: 'shop', workload: 'web' }),
      nodeNames,
      snapshot,
      config,
    );
    const [n2, n3] = ['n2', 'n3'].map((name) => explained.find(({ node }) => node === name));
    expect(n2?.rejected).toBe('network limit broken: bandwidth to db');
    expect(n2?.links).toMatchObject([{ bandwidthBitsPerSecond: 19e6, reservedBitsPerSecond: 10e6 }]);
    expect(n3?.links[0]).not.toHaveProperty('reservedBitsPerSecond');
  });
});

import { describe, expect, it } from 'vitest';
import { makeGroup, makeNode, makePod, makeSlice, makeSnapshot, makeTopology } from '#test/builders.ts';
import { describeReason, placementReason } from './placement-reason.ts';
import type { Snapshot } from './score.ts';

const ms = (milliseconds: number) => ({ rttMicroseconds: milliseconds * 1000 });
/** A link's cost is its RTT in ms / 100. */
const topology = makeTopology(
  { weights: { latency: 100, bandwidth: 0, loss: 0 } },
  { maxima: { rttMicroseconds: 100_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 } },
);
const slices = [
  makeSlice('n1', { n2: ms(10), n3: ms(80) }),
  makeSlice('n2', { n1: ms(11), n3: ms(40) }),
  makeSlice('n3', { n1: ms(81), n2: ms(41) }),
];
const shop = makeGroup('shop', { web: { cart: 2 }, cart: { db: 3, cache: 1 }, db: {}, cache: {} });
const at = (workload: string, node: string) => makePod(`${workload}-${node}`, { group: 'shop', workload, node });

function snapshotWith(nodes: string[], ...pods: ReturnType<typeof at>[]): Snapshot {
  return makeSnapshot({ nodes: nodes.map((name) => makeNode(name)), slices, topology, pods, appGroups: [shop] });
}

describe('why a pod is where it is', () => {
  it('names the cost there, the best other node, and the two dearest links with source and age', () => {
    const cart = at('cart', 'n2');
    const all = snapshotWith(['n1', 'n2', 'n3'], at('web', 'n1'), at('db', 'n3'), at('cache', 'n1'), cart);
    const reason = placementReason(cart, all);
    expect(reason && describeReason(reason)).toBe(
      'network cost 1.510 on n2; runner-up n1: 2.400 (0.890 more); ' +
        'calls db on n3: 1.200 (measured, 0 s ago); called by web on n1: 0.200 (measured, 0 s ago)',
    );
  });

  it('tells what of a link is reserved', () => {
    const needing = makeGroup('shop', { web: [{ name: 'db', weight: 1, minBandwidth: '1.5M' }], db: {} });
    const web = at('web', 'n1');
    const reserved = (bandwidthBitsPerSecond?: number) => {
      const link = { ...ms(10), ...(bandwidthBitsPerSecond === undefined ? {} : { bandwidthBitsPerSecond }) };
      const nodes = ['n1', 'n2'].map((name) => makeNode(name));
      const state = { nodes, slices: [makeSlice('n1', { n2: link })], topology, pods: [web, at('db', 'n2')] };
      const reason = placementReason(web, makeSnapshot({ ...state, appGroups: [needing] }));
      return reason && describeReason(reason);
    };
    expect(reserved(1_234_567_890)).toContain('(measured, 0 s ago, 1.5 of 1235 Mbit/s reserved)');
    expect(reserved()).toContain('(measured, 0 s ago, 1.5 of unknown Mbit/s reserved)');
  });

  it.each([
    { behaviour: 'names TCP', rttMethod: 'tcp', want: '(measured by TCP, 0 s ago)' },
    { behaviour: 'takes a ping for granted', rttMethod: 'icmp', want: '(measured, 0 s ago)' },
  ] as const)('$behaviour where a link was measured by it', ({ rttMethod, want }) => {
    const web = at('web', 'n1');
    const state = { nodes: ['n1', 'n2'].map((name) => makeNode(name)), topology, appGroups: [shop] };
    const snapshot = makeSnapshot({
      ...state,
      slices: [makeSlice('n1', { n2: { ...ms(10), rttMethod } })],
      pods: [web, at('cart', 'n2')],
    });
    const reason = placementReason(web, snapshot);
    expect(reason?.chosen.largestTerms).toMatchObject([{ peer: 'cart', rttMethod }]);
    expect(reason && describeReason(reason)).toContain(want);
  });

  it('names no other node where there is one node only', () => {
    const reason = placementReason(at('cart', 'n1'), snapshotWith(['n1'], at('web', 'n1')));
    expect(reason).toEqual({
      chosen: {
        node: 'n1',
        networkCost: 0,
        score: 100,
        largestTerms: [expect.objectContaining({ peer: 'web', source: 'local' })],
      },
    });
    expect(reason && describeReason(reason)).toContain('on n1; no other node passes; called by web on n1');
  });

  it('names another node only where it keeps the limits', () => {
    const web = at('web', 'n2');
    const reasonWith = (maxLatencyMicroseconds: number) => {
      const calls = [
        { name: 'db', weight: 1, maxLatencyMicroseconds },
        { name: 'cache', weight: 9 },
      ];
      const nodes = ['n1', 'n2', 'n3'].map((name) => makeNode(name));
      const appGroups = [makeGroup('shop', { web: calls, db: {}, cache: {} })];
      const state = { nodes, slices, topology, pods: [web, at('db', 'n3'), at('cache', 'n1')], appGroups };
      const reason = placementReason(web, makeSnapshot(state));
      return reason && describeReason(reason);
    };
    expect(reasonWith(90_000)).toContain('network cost 1.390 on n2; runner-up n1: 0.800 (0.590 less)');
    expect(reasonWith(50_000)).toContain('network cost 1.390 on n2; runner-up n3: 7.290 (5.900 more)');
  });

  it.each([
    ['whose peers are not placed', at('cart', 'n1'), []],
    ['that is not bound', makePod('cart-1', { group: 'shop', workload: 'cart' }), [at('web', 'n1')]],
    ['whose node is not known', at('cart', 'n9'), [at('web', 'n1')]],
    ['of whose links nothing is known', at('cart', 'n1'), [at('web', 'n9')]],
  ])('is not told of a pod %s', (_, pod, others) => {
    expect(placementReason(pod, snapshotWith(['n1', 'n2'], ...others))).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { Aggregation } from '#aggregator/aggregation.ts';
import { makeClusterNodes } from '#aggregator/builders.ts';
import { networkTopologySpec } from '#core/api/network-topology.ts';
import { planView } from '#core/api/plan-view.ts';
import { makeSlice, NOW_MS, secondsAgo } from '#test/builders.ts';

function aggregationOf(nodes: ReturnType<typeof makeClusterNodes>, probe: object = {}): Aggregation {
  const aggregation = new Aggregation({
    changed: () => {},
    measured: () => {},
    rejected: () => {},
    leaseEnded: () => {},
  });
  aggregation.updateCluster(nodes, networkTopologySpec.parse({ probe }), NOW_MS);
  return aggregation;
}

const view = (aggregation: Aggregation, node?: string) => planView.parse(aggregation.planView(NOW_MS, node));

describe('planView', () => {
  it('has every plan of a small cluster, and tells who is left out and why', () => {
    const [a, b, c, d, e] = makeClusterNodes(5) as [never, object, object, object, never];
    const nodes = [a, { ...b, draining: true }, { ...c, address: undefined }, { ...d, ready: false }, e];
    const { nodes: count, leftOut, probes, plans } = view(aggregationOf(nodes as never));
    expect(count).toBe(2);
    expect(leftOut).toEqual([
      { node: 'n1', reason: 'draining' },
      { node: 'n2', reason: 'noAddress' },
      { node: 'n3', reason: 'notReady' },
    ]);
    expect(probes).toMatchObject({ everyPair: true, everyPairWithinSeconds: 15, peers: { min: 1, max: 1 } });
    expect(plans).toHaveLength(5);
    expect(plans?.[0]).toMatchObject({
      node: 'n0',
      peers: ['n4'],
      probedBy: ['n4'],
      tests: [{ peer: 'n4', inSeconds: 0 }],
    });
  });

  it('sums a large one up, and has the plan of the node that is asked for', () => {
    const aggregation = aggregationOf(makeClusterNodes(100));
    const { probes, bandwidth, plans } = view(aggregation);
    expect(plans).toBeUndefined();
    expect(probes).toMatchObject({
      everyPair: false,
      peers: { min: 16, max: 16 },
      probedBy: { min: 16, max: 16 },
      plannedLinks: 1600,
      measuredLinks: 0,
      turnSeconds: 900,
    });
    // Each turn, and the one that has begun.
    expect(probes.everyPairWithinSeconds % 900).toBe(0);
    expect(probes.everyPairWithinSeconds).toBeLessThanOrEqual(33 * 900);
    // Four rings, less the few pairs that two of them share; and some of the others.
    expect(bandwidth.pairs).toBeGreaterThan(350);
    expect(bandwidth.pairs).toBeLessThan(450);
    const { plans: own } = view(aggregation, 'n7');
    expect(own).toHaveLength(1);
    expect(own?.[0]?.node).toBe('n7');
    expect(own?.[0]?.peers).toHaveLength(16);
  });

  it('tells how much of the budget is used, and when the next tests come', () => {
    const aggregation = aggregationOf(makeClusterNodes(3), { bandwidth: { bytesPerTest: 1_000_000_000 } });
    const link = (bandwidthBitsPerSecond: number) => ({
      rttMicroseconds: 5000,
      rttMeasuredAt: secondsAgo(5),
      bandwidthBitsPerSecond,
      bandwidthMeasuredAt: secondsAgo(600),
    });
    const slices = [
      makeSlice('n0', { n1: link(80e6), n2: link(8e6) }),
      makeSlice('n1', { n0: link(80e6), n2: link(8e6) }),
      makeSlice('n2', { n0: link(8e6), n1: link(8e6) }),
    ];
    aggregation.seed(slices, NOW_MS);
    const { probes, bandwidth } = view(aggregation);
    expect(probes).toMatchObject({ plannedLinks: 6, measuredLinks: 6 });
    // n2: four tests of 3 s at 8 Mbit/s, of 1 % of an hour at that rate.
    expect(bandwidth).toMatchObject({
      pairs: 3,
      testsInLastHour: 6,
      busyPercent: 0.33,
      waitingPairs: 0,
      busiestNode: { node: 'n2', megabytes: 12, budgetMegabytes: 36 },
      cluster: { megabytes: 72, budgetMegabytes: 50_000 },
      nextTestInSeconds: 3000,
      lastTestInSeconds: 3006,
      cycle: { byRoundsSeconds: 9, byBudgetSeconds: 600 },
    });
  });

  it.each([
    { behaviour: 'the bytes of all', bandwidth: { bytesPerHour: 300_000_000 } },
    { behaviour: 'the budget of a node', bandwidth: { seconds: 30, omitSeconds: 10, bytesPerTest: 100_000_000_000 } },
  ])('counts pairs that are never tested, because one test does not fit $behaviour', ({ bandwidth }) => {
    const aggregation = aggregationOf(makeClusterNodes(3), { bandwidth });
    const told = view(aggregation, 'n0');
    expect(told.bandwidth).toMatchObject({ pairs: 3, tooLargePairs: 3, waitingPairs: 0 });
    expect(told.bandwidth.nextTestInSeconds).toBeUndefined();
    expect(told.plans?.[0]?.tests).toEqual([]);
    expect(aggregation.tooLargePairs()).toBe(3);
  });

  it('has no tests where they are switched off', () => {
    const { bandwidth } = view(aggregationOf(makeClusterNodes(3), { bandwidth: { bytesPerHour: 0 } }));
    expect(bandwidth.cycle.byBudgetSeconds).toBeUndefined();
    expect(bandwidth.nextTestInSeconds).toBeUndefined();
  });
});

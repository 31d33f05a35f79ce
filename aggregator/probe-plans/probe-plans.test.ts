import { describe, expect, it } from 'vitest';
import { makeClusterNodes } from '#aggregator/builders.ts';
import type { ClusterNode } from '#aggregator/cluster/cluster-node.ts';
import { ProbePlans } from '#aggregator/probe-plans/probe-plans.ts';
import { probePlan } from '#core/api/agent.ts';
import { probeSettings } from '#core/api/network-topology.ts';
import { NOW_MS } from '#test/builders.ts';

const PROBE = probeSettings.parse({});
const NONE = new Map<string, number>();
const TURN_MS = 900_000;

describe('ProbePlans', () => {
  it('lets every node probe every other while they are few', () => {
    const plans = new ProbePlans(makeClusterNodes(3), PROBE, NOW_MS);
    expect(probePlan.parse(plans.plan('n1', undefined)).peers).toEqual([
      { node: 'n2', address: '10.0.0.2' },
      { node: 'n0', address: '10.0.0.0' },
    ]);
    expect([...plans.links()]).toHaveLength(6);
    expect(plans.schedule.bandwidthRounds().flat()).toHaveLength(3);
  });

  it('leaves out nodes that are not Ready, are drained or have no address, and gives them no peers', () => {
    const [a, b, c, d, e] = makeClusterNodes(5) as [ClusterNode, ClusterNode, ClusterNode, ClusterNode, ClusterNode];
    const nodes = [a, { ...b, ready: false }, { ...c, address: undefined }, d, { ...e, draining: true }];
    const plans = new ProbePlans(nodes, PROBE, NOW_MS);
    expect(plans.peersOf('n0')).toEqual(['n3']);
    expect(plans.peersOf('n1')).toEqual([]);
    expect(plans.plan('n4', undefined).peers).toEqual([]);
  });

  it('tells peers where the agents of others listen, in another revision', () => {
    const plans = new ProbePlans(makeClusterNodes(2), PROBE, NOW_MS);
    const told = new ProbePlans(makeClusterNodes(2), PROBE, NOW_MS, new Map([['n1', 9464]]));
    expect(told.plan('n0', undefined).peers).toEqual([{ node: 'n1', address: '10.0.0.1', tcpPort: 9464 }]);
    expect(plans.at(makeClusterNodes(2), PROBE, NOW_MS, new Map([['n1', 9464]]))).not.toBe(plans);
    expect(told.plan('n0', undefined).revision).not.toBe(plans.plan('n0', undefined).revision);
  });

  it('plans neither probes nor tests of a pair without a family in common', () => {
    const [a, b, c] = makeClusterNodes(3);
    if (a === undefined || b === undefined || c === undefined) throw new Error('three nodes are wanted');
    const nodes = [a, { ...b, secondAddress: 'fd00::1' }, { ...c, address: 'fd00::2' }];
    const plans = new ProbePlans(nodes, PROBE, NOW_MS);
    const named = (pairs: Iterable<{ origin: string; destination: string }>) =>
      [...pairs].map(({ origin, destination }) => `${origin} ${destination}`).toSorted();
    expect(named(plans.links())).toEqual(['n0 n1', 'n1 n0', 'n1 n2', 'n2 n1']);
    expect(plans.bandwidthPairs()).toHaveLength(2);
    for (const pair of named(plans.bandwidthPairs())) expect(named(plans.links())).toContain(pair);
    expect(plans.addressBetween('n2', 'n1')).toBe('fd00::1');
    expect(plans.addressBetween('n0', 'n2')).toBeUndefined();
  });

  it('tells a plan by its content: the same after a restart, another with any other peer or setting', () => {
    const revision = (count: number, probe = PROBE) =>
      new ProbePlans(makeClusterNodes(count), probe, NOW_MS).plan('n0', undefined).revision;
    expect(revision(3)).toBe(revision(3));
    expect(revision(4)).not.toBe(revision(3));
    expect(revision(3, { ...PROBE, packets: 8 })).not.toBe(revision(3));
  });

  it('lets peers take turns in a large cluster, and keeps the number of links per node', () => {
    const probe = { ...PROBE, peersPerNode: 8 };
    const nodes = makeClusterNodes(100);
    const now = new ProbePlans(nodes, probe, NOW_MS);
    const later = now.at(nodes, probe, NOW_MS + TURN_MS, NONE);
    expect(later).not.toBe(now);
    expect(now.peersOf('n0')).toHaveLength(8);
    expect(now.peersOf('n0')).not.toEqual(later.peersOf('n0'));
    expect([...now.links()]).toHaveLength(800);
  });

  it('keeps a quarter of the peers and more from one turn to the next', () => {
    const nodes = makeClusterNodes(300);
    const now = new ProbePlans(nodes, PROBE, NOW_MS);
    const later = now.at(nodes, PROBE, NOW_MS + TURN_MS, NONE);
    const kept = [...now.links()].filter(({ origin, destination }) => later.peersOf(origin).includes(destination));
    expect(kept.length).toBeGreaterThanOrEqual((300 * PROBE.peersPerNode) / 4);
  });

  it('stays the same until a node, an address, a setting or the turn is another', () => {
    const nodes = makeClusterNodes(100);
    const plans = new ProbePlans(nodes, PROBE, NOW_MS);
    const [first, ...others] = nodes as [ClusterNode, ...ClusterNode[]];
    expect(plans.at([{ ...first, zone: 'elsewhere' }, ...others], PROBE, NOW_MS + 1, NONE)).toBe(plans);
    expect(plans.at([{ ...first, address: '10.9.9.9' }, ...others], PROBE, NOW_MS, NONE)).not.toBe(plans);
    expect(plans.at([{ ...first, draining: true }, ...others], PROBE, NOW_MS, NONE)).not.toBe(plans);
    expect(plans.at(others, PROBE, NOW_MS, NONE)).not.toBe(plans);
    expect(plans.at(nodes, { ...PROBE, packets: 3 }, NOW_MS, NONE)).not.toBe(plans);
    expect(plans.at(nodes, PROBE, NOW_MS + TURN_MS, NONE)).not.toBe(plans);
  });

  it('takes no turns while all pairs are probed', () => {
    const nodes = makeClusterNodes(39);
    const plans = new ProbePlans(nodes, PROBE, NOW_MS);
    expect(plans.at(nodes, PROBE, NOW_MS + 10 * TURN_MS, NONE)).toBe(plans);
  });
});

import { describe, expect, it } from 'vitest';
import { makeClusterNodes } from '#aggregator/builders.ts';
import { ProbePlans } from '#aggregator/probe-plans.ts';
import { probePlan } from '#core/api/agent.ts';
import { probeSettings } from '#core/api/network-topology.ts';
import { NOW_MS } from '#test/builders.ts';

const PROBE = probeSettings.parse({});
const ROTATION_MS = 900_000;

describe('ProbePlans', () => {
  it('lets every node probe every other while they are few', () => {
    const plans = new ProbePlans(makeClusterNodes(3), PROBE, NOW_MS);
    expect(probePlan.parse(plans.plan('n1', undefined)).peers).toEqual([
      { node: 'n2', address: '10.0.0.2' },
      { node: 'n0', address: '10.0.0.0' },
    ]);
    expect([...plans.links()]).toHaveLength(6);
    expect(plans.bandwidthPairs()).toHaveLength(6);
  });

  it('leaves out nodes that are not Ready or have no address, and gives them no peers', () => {
    const [a, b, c, d] = makeClusterNodes(4) as [object, object, object, object];
    const nodes = [a, { ...b, ready: false }, { ...c, address: undefined }, d] as ReturnType<typeof makeClusterNodes>;
    const plans = new ProbePlans(nodes, PROBE, NOW_MS);
    expect(plans.peersOf('n0')).toEqual(['n3']);
    expect(plans.peersOf('n1')).toEqual([]);
    expect(plans.plan('n1', undefined).peers).toEqual([]);
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
    const at = (nowMs: number) => new ProbePlans(makeClusterNodes(100), probe, nowMs);
    const [now, later] = [at(NOW_MS), at(NOW_MS + ROTATION_MS)];
    expect(now.key).not.toBe(later.key);
    expect(now.peersOf('n0')).toHaveLength(8);
    expect(now.peersOf('n0')).not.toEqual(later.peersOf('n0'));
    expect([...now.links()]).toHaveLength(800);
    expect(now.bandwidthPairs()).toHaveLength(800);
  });

  it('never rotates while all pairs are probed', () => {
    const at = (nowMs: number) => new ProbePlans(makeClusterNodes(5), PROBE, nowMs).key;
    expect(at(NOW_MS)).toBe(at(NOW_MS + 10 * ROTATION_MS));
  });
});

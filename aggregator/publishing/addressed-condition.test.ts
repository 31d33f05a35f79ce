import { describe, expect, it } from 'vitest';
import type { ClusterNode } from '#aggregator/cluster/cluster-node.ts';
import { addressedCondition } from '#aggregator/publishing/addressed-condition.ts';
import { probeSettings } from '#core/api/network-topology.ts';

const node = (name: string, address?: string, secondAddress?: string): ClusterNode => ({
  name,
  ready: true,
  draining: false,
  address,
  secondAddress,
});
const PROBE = probeSettings.parse({});

describe('addressedCondition', () => {
  it.each<{ behaviour: string; nodes: ClusterNode[]; probe?: object; reason: string; message: string }>([
    {
      behaviour: 'all can be probed',
      nodes: [node('a', '10.0.0.1'), node('b', '10.0.0.2', 'fd00::2'), { ...node('c'), ready: false }],
      reason: 'AllNodesAddressed',
      message: 'every ready node can be probed',
    },
    {
      behaviour: 'some have no address in the pod network',
      nodes: [node('a', '10.0.0.1'), ...['b', 'c', 'd', 'e'].map((name) => node(name))],
      reason: 'AddressesMissing',
      message: "4 of 5 ready nodes have no IPv4 or IPv6 address of an agent's pod: b, c, d and 1 more",
    },
    {
      behaviour: 'one has no IPv6 address of its own',
      nodes: [node('a', 'fd00::1'), node('b')],
      probe: { network: 'Host', ipFamilies: ['IPv6'] },
      reason: 'AddressesMissing',
      message: '1 of 2 ready nodes have no IPv6 address of their own: b',
    },
    {
      behaviour: 'two have no family in common',
      nodes: [node('a', '10.0.0.1'), node('b', 'fd00::2'), node('c', '10.0.0.3', 'fd00::3')],
      reason: 'NoFamilyInCommon',
      message: 'links between nodes with IPv4 alone (a) and IPv6 alone (b) are not probed',
    },
  ])('says so where $behaviour', ({ nodes, probe = {}, reason, message }) => {
    const status = reason === 'AllNodesAddressed' ? 'True' : 'False';
    const verdict = addressedCondition(nodes, { ...PROBE, ...probe });
    expect(verdict).toEqual({ type: 'Addressed', status, reason, message });
  });
});

import { describe, expect, it } from 'vitest';
import { agentAddresses } from '#aggregator/cluster/agent-addresses.ts';
import { type EndpointSlice, endpointSlice } from '#core/api/kubernetes.ts';
import { makeNode } from '#test/builders.ts';

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];

function slice(addressType: string, endpoints: Endpoint[] | null): EndpointSlice {
  return endpointSlice.parse({ metadata: { name: 'agents-x', namespace: 'netaware' }, addressType, endpoints });
}

const on = (nodeName: string, address: string, ready?: boolean): Endpoint => ({
  nodeName,
  addresses: [address],
  conditions: { ready },
});

describe('agentAddresses', () => {
  it.each([
    { behaviour: "the node's endpoint", slices: [slice('IPv4', [on('b', '10.1.0.2'), on('a', '10.1.0.1')])] },
    {
      behaviour: 'one of any slice',
      slices: [slice('IPv4', null), slice('IPv4', [on('b', '10.1.0.2')]), slice('IPv4', [on('a', '10.1.0.1')])],
    },
    {
      behaviour: 'the one that is ready',
      slices: [slice('IPv4', [on('a', '10.0.0.9', false), on('a', '10.1.0.1', true)])],
    },
    {
      behaviour: 'of two that are ready the same, whatever their order',
      slices: [slice('IPv4', [on('a', '10.1.0.7'), on('a', '10.1.0.1')])],
    },
    {
      behaviour: 'one without conditions, which is ready',
      slices: [slice('IPv4', [{ nodeName: 'a', addresses: ['10.1.0.1'] }])],
    },
  ])('takes $behaviour', ({ slices }) => {
    expect(agentAddresses(slices)(makeNode('a'))[0]).toBe('10.1.0.1');
  });

  it('takes those of both families', () => {
    const slices = [slice('IPv6', [on('a', 'fd00::1')]), slice('IPv4', [on('a', '10.1.0.1')])];
    expect(agentAddresses(slices)(makeNode('a'))).toEqual(['10.1.0.1', 'fd00::1']);
  });

  it.each([
    { behaviour: 'no slice is there', slices: [] },
    { behaviour: 'the agent is on another node', slices: [slice('IPv4', [on('b', '10.1.0.2')])] },
    { behaviour: 'the agent is not ready', slices: [slice('IPv4', [on('a', '10.1.0.1', false)])] },
    { behaviour: 'an endpoint is on no node', slices: [slice('IPv4', [{ addresses: ['10.1.0.1'] }])] },
  ])('knows no address where $behaviour', ({ slices }) => {
    expect(agentAddresses(slices)(makeNode('a'))).toEqual([]);
  });
});

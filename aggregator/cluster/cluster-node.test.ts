import { describe, expect, it } from 'vitest';
import { addressBetween, clusterNodes, isProbed } from '#aggregator/cluster/cluster-node.ts';
import { PROBE_ADDRESS_ANNOTATION } from '#core/api/names.ts';
import { makeNode } from '#test/builders.ts';

const BOTH = ['IPv4', 'IPv6'] as const;

function nodeWith(
  name: string,
  options: { ip?: string; ipv6?: string; annotation?: string; ready?: string; unschedulable?: boolean },
) {
  const node = makeNode(name, { zone: 'east', region: 'eu' });
  const { ip, ipv6, annotation, ready = 'True', unschedulable } = options;
  return {
    ...node,
    metadata: {
      ...node.metadata,
      annotations: annotation === undefined ? {} : { [PROBE_ADDRESS_ANNOTATION]: annotation },
    },
    spec: { unschedulable },
    status: {
      ...node.status,
      conditions: [{ type: 'Ready', status: ready }],
      addresses: [
        { type: 'Hostname', address: name },
        ...[ip, ipv6].flatMap((address) => (address ? { type: 'InternalIP', address } : [])),
      ],
    },
  };
}

describe('clusterNodes', () => {
  it.each([
    { name: 'the InternalIP is probed', options: { ip: '10.0.0.1' }, address: '10.0.0.1', probed: true },
    {
      name: 'the annotation takes its place',
      options: { ip: '10.0.0.1', annotation: '192.168.0.1' },
      address: '192.168.0.1',
      probed: true,
    },
    {
      name: 'an empty annotation does not',
      options: { ip: '10.0.0.1', annotation: '' },
      address: '10.0.0.1',
      probed: true,
    },
    {
      name: 'a name in the annotation is no address',
      options: { annotation: 'host-n' },
      address: undefined,
      probed: false,
    },
    { name: 'nor is a link-local one', options: { ipv6: 'fe80::1' }, address: undefined, probed: false },
    { name: 'without an address nothing is', options: {}, address: undefined, probed: false },
    {
      name: 'a node that is not Ready is not',
      options: { ip: '10.0.0.1', ready: 'Unknown' },
      address: '10.0.0.1',
      probed: false,
    },
    {
      name: 'a cordoned node is not: it is being drained, or nobody is to be placed there',
      options: { ip: '10.0.0.1', unschedulable: true },
      address: '10.0.0.1',
      probed: false,
    },
    {
      name: 'one that was cordoned is again',
      options: { ip: '10.0.0.1', unschedulable: false },
      address: '10.0.0.1',
      probed: true,
    },
  ])('$name', ({ options, address, probed }) => {
    const [node] = clusterNodes([nodeWith('n', options)], BOTH);
    expect(node).toMatchObject({ name: 'n', zone: 'east', region: 'eu' });
    expect(node?.address).toBe(address);
    expect(node && isProbed(node)).toBe(probed);
  });

  it('sorts by name', () => {
    expect(clusterNodes([makeNode('c'), makeNode('a'), makeNode('b')], BOTH).map(({ name }) => name)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it.each<{ behaviour: string; families: ('IPv4' | 'IPv6')[]; want: object }>([
    {
      behaviour: 'the order of the families',
      families: ['IPv6', 'IPv4'],
      want: { address: 'fd00::1', secondAddress: '10.0.0.1' },
    },
    { behaviour: 'one of two', families: ['IPv6'], want: { address: 'fd00::1', secondAddress: undefined } },
  ])('takes addresses by $behaviour', ({ families, want }) => {
    for (const options of [{ ip: '10.0.0.1', ipv6: 'fd00::1' }, { annotation: ' fd00::1, 10.0.0.1' }]) {
      const [node] = clusterNodes([nodeWith('n', options)], families);
      expect({ address: node?.address, secondAddress: node?.secondAddress }).toEqual(want);
    }
  });

  it('leaves a node without an address of the family out', () => {
    const [node] = clusterNodes([nodeWith('n', { ip: '10.0.0.1' })], ['IPv6']);
    expect(node && isProbed(node)).toBe(false);
  });
});

describe('addressBetween', () => {
  const [ipv4, ipv6, dual, other] = clusterNodes(
    [
      nodeWith('a', { ip: '10.0.0.1' }),
      nodeWith('b', { ipv6: 'fd00::2' }),
      nodeWith('c', { ip: '10.0.0.3', ipv6: 'fd00::3' }),
      nodeWith('d', { ip: '10.0.0.4', ipv6: 'fd00::4' }),
    ],
    ['IPv6', 'IPv4'],
  );

  it.each([
    { behaviour: 'the first family where both have it', origin: dual, destination: other, want: 'fd00::4' },
    { behaviour: 'the second where the origin has that alone', origin: ipv4, destination: dual, want: '10.0.0.3' },
    { behaviour: 'the second where the destination has that alone', origin: dual, destination: ipv4, want: '10.0.0.1' },
    { behaviour: 'none where they have no family in common', origin: ipv4, destination: ipv6, want: undefined },
  ])('takes $behaviour', ({ origin, destination, want }) => {
    if (origin === undefined || destination === undefined) throw new Error('no such node');
    expect(addressBetween(origin, destination)).toBe(want);
  });
});

import { describe, expect, it } from 'vitest';
import { clusterNodes, isProbed } from '#aggregator/cluster-node.ts';
import { PROBE_ADDRESS_ANNOTATION } from '#core/api/names.ts';
import { makeNode } from '#test/builders.ts';

function nodeWith(
  name: string,
  options: { ip?: string; annotation?: string; ready?: string; unschedulable?: boolean },
) {
  const node = makeNode(name, { zone: 'east', region: 'eu' });
  const { ip, annotation, ready = 'True', unschedulable } = options;
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
      addresses: [{ type: 'Hostname', address: name }, ...(ip ? [{ type: 'InternalIP', address: ip }] : [])],
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
    const [node] = clusterNodes([nodeWith('n', options)]);
    expect(node).toMatchObject({ name: 'n', zone: 'east', region: 'eu' });
    expect(node?.address).toBe(address);
    expect(node && isProbed(node)).toBe(probed);
  });

  it('sorts by name', () => {
    expect(clusterNodes([makeNode('c'), makeNode('a'), makeNode('b')]).map(({ name }) => name)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });
});

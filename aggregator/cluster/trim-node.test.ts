import { expect, it } from 'vitest';
import { clusterNodes } from '#aggregator/cluster/cluster-node.ts';
import { trimNode } from '#aggregator/cluster/trim-node.ts';
import { node } from '#core/api/kubernetes.ts';
import { PROBE_ADDRESS_ANNOTATION } from '#core/api/names.ts';

const NODE = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'a',
    uid: 'uid-a',
    resourceVersion: '7',
    labels: { 'topology.kubernetes.io/zone': 'east', disk: 'ssd' },
    annotations: { [PROBE_ADDRESS_ANNOTATION]: '10.1.0.1', other: 'x' },
    managedFields: [{ manager: 'kubelet' }],
  },
  spec: { podCIDR: '10.2.0.0/24', unschedulable: true, taints: [{ key: 'gpu', effect: 'NoSchedule' }] },
  status: {
    addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    allocatable: { cpu: '4' },
    conditions: [
      { type: 'MemoryPressure', status: 'False' },
      { type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:00:00Z' },
    ],
    images: [{ names: ['image'], sizeBytes: 1 }],
  },
};

it('leaves of a node what plans and measurements are made from', () => {
  const trimmed = JSON.parse(JSON.stringify(trimNode(NODE)));
  expect(trimmed).toEqual({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'a',
      uid: 'uid-a',
      resourceVersion: '7',
      labels: NODE.metadata.labels,
      annotations: { [PROBE_ADDRESS_ANNOTATION]: '10.1.0.1' },
    },
    spec: { unschedulable: true, taints: NODE.spec.taints },
    status: {
      addresses: NODE.status.addresses,
      allocatable: { cpu: '4' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });
  const nodesOf = (object: object) => clusterNodes([node.parse(object)], ['IPv4']);
  expect(nodesOf(trimmed)).toEqual(nodesOf(NODE));
});

it.each([
  { name: 'a node without spec and status', object: { metadata: { name: 'a' } } },
  { name: 'conditions that are none', object: { metadata: { name: 'a' }, status: { conditions: [null] } } },
  { name: 'conditions that are no list', object: { metadata: { name: 'a' }, status: { conditions: 'Ready' } } },
  { name: 'labels that are no texts', object: { metadata: { name: 'a', labels: { zone: 1 } } } },
])('is refused as the whole would be, or not: $name', ({ object }) => {
  expect(node.safeParse(trimNode(object as object)).success).toBe(node.safeParse(object).success);
});

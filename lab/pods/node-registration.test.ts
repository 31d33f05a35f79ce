import { expect, test } from 'vitest';
import { isReady, node } from '#core/api/kubernetes.ts';
import type { PodRunnerConfig } from '#lab/pods/config.ts';
import { nodeObjects } from '#lab/pods/node-registration.ts';

const CONFIG: PodRunnerConfig = {
  nodeName: 'host-1',
  zone: 'zone-a',
  region: 'region-a',
  kubeconfig: '/tmp/kubeconfig',
  managementAddress: '10.0.0.1',
  shapedAddress: '10.97.1.1',
  podAddressPrefix: '10.97.1.',
  shapedInterface: 'eth0',
  cpu: 2,
  memory: '2Gi',
  port: 10_250,
  logFolder: 'logs',
  hostsFile: 'hosts',
  cgroup: 'lab/host-1',
};

test('a node has the labels, addresses, capacity and condition of a ready host', () => {
  const { node: object, status } = nodeObjects(CONFIG, '2026-01-01T12:00:00Z');
  const parsed = node.parse({ ...object, ...status, metadata: (object as { metadata: object }).metadata });
  expect(parsed.metadata.labels).toEqual({
    'kubernetes.io/hostname': 'host-1',
    'topology.kubernetes.io/zone': 'zone-a',
    'topology.kubernetes.io/region': 'region-a',
  });
  expect(parsed.metadata.annotations).toEqual({ 'netaware.io/probe-address': '10.97.1.1' });
  expect(parsed.status?.addresses).toEqual([
    { type: 'InternalIP', address: '10.0.0.1' },
    { type: 'Hostname', address: 'host-1' },
  ]);
  expect(parsed.status?.allocatable).toEqual({ cpu: '2', memory: '2Gi', pods: '110' });
  expect(isReady(parsed)).toBe(true);
});

test('a host without a zone has no label for one', () => {
  const { zone: _zone, region: _region, ...config } = CONFIG;
  const { node: object } = nodeObjects(config, '2026-01-01T12:00:00Z');
  expect(object).toMatchObject({ metadata: { labels: { 'kubernetes.io/hostname': 'host-1' } } });
  expect(JSON.stringify(object)).not.toContain('topology.kubernetes.io');
});

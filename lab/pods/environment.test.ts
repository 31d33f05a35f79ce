import { expect, test } from 'vitest';
import { containerEnvironment } from '#lab/pods/environment.ts';
import { labContainer, labPod } from '#lab/pods/lab-pod.ts';

const POD = labPod.parse({
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    uid: 'u1',
    labels: { 'netaware.io/workload': 'web' },
    annotations: { 'example.io/a.b': 'x' },
  },
  spec: { containers: [] },
});
const PLACE = { nodeName: 'host-1', hostIP: '10.0.0.1', podIP: '10.97.1.10' };

function environmentOf(env: object[]): Record<string, string> {
  return containerEnvironment(POD, labContainer.parse({ name: 'main', env }), PLACE, '/bin');
}

test.each([
  { fieldPath: 'metadata.name', want: 'web-1' },
  { fieldPath: 'metadata.namespace', want: 'shop' },
  { fieldPath: 'metadata.uid', want: 'u1' },
  { fieldPath: 'spec.nodeName', want: 'host-1' },
  { fieldPath: 'status.podIP', want: '10.97.1.10' },
  { fieldPath: 'status.hostIP', want: '10.0.0.1' },
  { fieldPath: "metadata.labels['netaware.io/workload']", want: 'web' },
  { fieldPath: "metadata.annotations['example.io/a.b']", want: 'x' },
  { fieldPath: "metadata.labels['none']", want: '' },
])('$fieldPath is "$want"', ({ fieldPath, want }) => {
  expect(environmentOf([{ name: 'FOUND', valueFrom: { fieldRef: { fieldPath } } }])).toMatchObject({ FOUND: want });
});

test('a container gets its own variables, a search path and its host name, and nothing of the runner', () => {
  const env = [{ name: 'A', value: '1' }, { name: 'EMPTY' }, { name: 'A', value: '2' }];
  expect(environmentOf(env)).toEqual({ PATH: '/bin', HOSTNAME: 'web-1', A: '2', EMPTY: '' });
});

test.each([
  { valueFrom: { fieldRef: { fieldPath: 'spec.none' } }, want: 'env A: fieldRef spec.none is not known to the lab' },
  {
    valueFrom: { secretKeyRef: { name: 's', key: 'k' } },
    want: 'env A: valueFrom secretKeyRef is not known to the lab',
  },
])('$want', ({ valueFrom, want }) => {
  expect(() => environmentOf([{ name: 'A', valueFrom }])).toThrow(want);
});

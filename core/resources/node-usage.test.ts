import { describe, expect, it } from 'vitest';
import { pod } from '#core/api/kubernetes.ts';
import { nonZeroRequestsOf, requestsOf } from './node-usage.ts';

const container = (cpu: string | undefined, restartPolicy?: string) => ({
  name: 'c',
  ...(restartPolicy === undefined ? {} : { restartPolicy }),
  ...(cpu === undefined ? {} : { resources: { requests: { cpu, memory: '1Mi' } } }),
});
const podOf = (spec: object) => pod.parse({ metadata: { name: 'p' }, spec });
const MIB = 1024 * 1024;

describe('what a pod asks for', () => {
  it.each<[string, object, { cpu: number; memory: number }]>([
    ['the sum of its containers', { containers: [container('1'), container('250m')] }, { cpu: 1250, memory: 2 * MIB }],
    ['nothing without requests', { containers: [container(undefined)] }, { cpu: 0, memory: 0 }],
    [
      'an init container where it asks for more',
      { containers: [container('1')], initContainers: [container('500m'), container('3')] },
      { cpu: 3000, memory: MIB },
    ],
    [
      'sidecars beside the containers',
      { containers: [container('1')], initContainers: [container('200m', 'Always'), container('300m', 'Always')] },
      { cpu: 1500, memory: 3 * MIB },
    ],
    [
      'an init container beside the sidecars that were started before it',
      {
        containers: [container('1')],
        initContainers: [container('1', 'Always'), container('2'), container('1', 'Always')],
      },
      { cpu: 3000, memory: 3 * MIB },
    ],
    [
      'the overhead of its runtime',
      { containers: [container('1')], overhead: { cpu: '100m', memory: '1Mi' } },
      { cpu: 1100, memory: 2 * MIB },
    ],
    ['nothing where Go wrote null', { containers: null, initContainers: null, overhead: null }, { cpu: 0, memory: 0 }],
  ])('is %s', (_what, spec, want) => {
    expect(requestsOf(podOf(spec))).toEqual(want);
  });

  it('counts for the score as a small one where it asks for nothing', () => {
    const spec = { containers: [container(undefined)], initContainers: [container(undefined, 'Always')] };
    expect(nonZeroRequestsOf(podOf(spec))).toEqual({ cpu: 200, memory: 400 * MIB });
  });
});

import { describe, expect, test } from 'vitest';
import type { Node, Pod } from '#core/api/kubernetes.ts';
import { describeRejections, filterNodes } from '#core/resources/node-filters.ts';
import { type NodeUsage, usageOfNodes } from '#core/resources/node-usage.ts';
import { balancedAllocationScore, leastAllocatedScore } from '#lab/control-plane/scheduler/score-nodes.ts';
import { selectHost } from '#lab/control-plane/scheduler/select-host.ts';
import { makeNode, makePod } from '#test/builders.ts';

function asking(name: string, requests: Record<string, string>, spec: Partial<Pod['spec']> = {}): Pod {
  const bare = makePod(name);
  return { ...bare, spec: { ...bare.spec, ...spec, containers: [{ name: 'app', resources: { requests } }] } };
}

function usageOf(node: Node, pods: Pod[] = []): NodeUsage {
  const bound = pods.map((pod) => ({ ...pod, spec: { ...pod.spec, nodeName: node.metadata.name } }));
  const [usage] = usageOfNodes([node], bound, new Map());
  if (usage === undefined) throw new Error('no usage');
  return usage;
}

const withSpec = (node: Node, spec: Node['spec']): Node => ({ ...node, spec });

describe('the use of nodes', () => {
  test('counts active pods, bound or assumed, and rounds as Kubernetes does', () => {
    const pods = [
      asking('a', { cpu: '100m', memory: '64Mi' }, { nodeName: 'n1' }),
      { ...asking('b', { cpu: '0.25' }), metadata: { ...asking('b', {}).metadata, uid: 'uid-b' } },
      { ...asking('done', { cpu: '1' }, { nodeName: 'n1' }), status: { phase: 'Succeeded' } },
      asking('elsewhere', { cpu: '1' }, { nodeName: 'n9' }),
    ];
    const [usage] = usageOfNodes([makeNode('n1')], pods, new Map([['uid-b', 'n1']]));
    expect(usage).toMatchObject({
      pods: 2,
      requested: { cpu: 350, memory: 64 * 2 ** 20 },
      nonZeroRequested: { cpu: 350, memory: 264 * 2 ** 20 },
      allocatable: { cpu: 4_000, memory: 8 * 2 ** 30, pods: 110 },
    });
  });
});

describe('filters', () => {
  const taint = { key: 'dedicated', value: 'db', effect: 'NoSchedule' };
  const tainted = withSpec(makeNode('n1'), { taints: [taint] });
  const tolerating = (toleration: Record<string, string>) => asking('p', {}, { tolerations: [toleration] });
  const notReady = { ...makeNode('n1'), status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } };

  test.each<[string, Pod, Node, Pod[], string[] | undefined]>([
    ['a plain pod fits', asking('p', { cpu: '4' }), makeNode('n1'), [], undefined],
    ['a node that is not ready', asking('p', {}), notReady, [], ['node(s) were not ready']],
    [
      'a cordoned node',
      asking('p', {}),
      withSpec(makeNode('n1'), { unschedulable: true }),
      [],
      ['node(s) were unschedulable'],
    ],
    ['a taint', asking('p', {}), tainted, [], ['node(s) had untolerated taint {dedicated: db}']],
    [
      'a taint that only prefers',
      asking('p', {}),
      withSpec(makeNode('n1'), { taints: [{ ...taint, effect: 'PreferNoSchedule' }] }),
      [],
      undefined,
    ],
    [
      'an equal toleration',
      tolerating({ key: 'dedicated', value: 'db', effect: 'NoSchedule' }),
      tainted,
      [],
      undefined,
    ],
    [
      'a toleration of another value',
      tolerating({ key: 'dedicated', value: 'web' }),
      tainted,
      [],
      ['node(s) had untolerated taint {dedicated: db}'],
    ],
    ['a toleration of the key', tolerating({ key: 'dedicated', operator: 'Exists' }), tainted, [], undefined],
    ['a toleration of everything', tolerating({ operator: 'Exists' }), tainted, [], undefined],
    [
      'a toleration of another effect',
      tolerating({ operator: 'Exists', effect: 'NoExecute' }),
      tainted,
      [],
      ['node(s) had untolerated taint {dedicated: db}'],
    ],
    [
      'a selector that matches',
      asking('p', {}, { nodeSelector: { 'topology.kubernetes.io/zone': 'a' } }),
      makeNode('n1', { zone: 'a' }),
      [],
      undefined,
    ],
    [
      'a selector that does not',
      asking('p', {}, { nodeSelector: { 'topology.kubernetes.io/zone': 'b' } }),
      makeNode('n1', { zone: 'a' }),
      [],
      ["node(s) didn't match Pod's node affinity/selector"],
    ],
    [
      'cpu and memory that are used up',
      asking('p', { cpu: '1', memory: '1Gi' }),
      makeNode('n1'),
      [asking('q', { cpu: '3500m', memory: '7.5Gi' })],
      ['Insufficient cpu', 'Insufficient memory'],
    ],
    [
      'a pod that asks for nothing on a full node',
      asking('p', {}),
      makeNode('n1'),
      [asking('q', { cpu: '4' })],
      undefined,
    ],
    [
      'a node with all its pods',
      asking('p', {}),
      makeNode('n1'),
      Array.from({ length: 110 }, (_, index) => asking(`q${index}`, {})),
      ['Too many pods'],
    ],
  ])('%s', (_case, pod, node, others, wanted) => {
    expect(filterNodes(pod, [usageOf(node, others)]).rejections.get('n1')).toEqual(wanted);
  });

  test('the message counts the reasons, as kube-scheduler writes it', () => {
    const rejections = new Map([
      ['a', ['Insufficient cpu', 'Insufficient memory']],
      ['b', ['Insufficient cpu']],
      ['c', ['node(s) were unschedulable']],
    ]);
    expect(describeRejections(rejections, 3)).toBe(
      '0/3 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable, 2 Insufficient cpu.',
    );
    expect(describeRejections(new Map(), 0)).toBe('no nodes available to schedule pods');
  });
});

describe('scores', () => {
  // cpu 4000m, memory 8Gi = 8192Mi
  test.each([
    ['an empty node', { cpu: '1', memory: '2Gi' }, [], 75, 100],
    ['cpu alone', { cpu: '2' }, [], Math.floor((50 + 97) / 2), 75],
    ['a pod without requests', {}, [], Math.floor((97 + 97) / 2), 0],
    [
      'others on the node',
      { cpu: '1', memory: '1Gi' },
      [asking('q', { cpu: '2', memory: '1Gi' })],
      Math.floor((25 + 75) / 2),
      75,
    ],
    ['more than there is', { cpu: '8', memory: '1Gi' }, [], Math.floor((0 + 87) / 2), 56],
  ])('of %s', (_case, requests, others, leastAllocated, balanced) => {
    const usage = usageOf(makeNode('n1'), others);
    const pod = asking('p', requests);
    expect([leastAllocatedScore(pod, usage), balancedAllocationScore(pod, usage)]).toEqual([leastAllocated, balanced]);
  });
});

describe('the host', () => {
  test('is the one with the highest score', () => {
    expect(
      selectHost(
        new Map([
          ['a', 1],
          ['b', 3],
          ['c', 2],
        ]),
        () => 0.99,
      ),
    ).toBe('b');
  });

  test.each([
    [0, 'a'],
    [0.5, 'b'],
    [0.99, 'c'],
  ])('is for the draw %d among equals %s, whatever their order', (draw, wanted) => {
    expect(
      selectHost(
        new Map([
          ['c', 5],
          ['a', 5],
          ['b', 5],
          ['z', 1],
        ]),
        () => draw,
      ),
    ).toBe(wanted);
  });

  test('is none where there are no nodes', () => {
    expect(selectHost(new Map(), () => 0)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { type NodeSelectorTerm, pod } from '#core/api/kubernetes.ts';
import { makeNode } from '#test/builders.ts';
import { matchesNodeSelection } from './node-affinity.ts';

const node = (name: string, labels: Record<string, string>) => {
  const made = makeNode(name);
  return { ...made, metadata: { ...made.metadata, labels } };
};
const nodes = [
  node('a', { zone: 'east', disk: 'ssd', cores: '8' }),
  node('b', { zone: 'west', cores: '16' }),
  node('c', { cores: 'many' }),
];

function matching(terms: NodeSelectorTerm[] | null | undefined, nodeSelector?: Record<string, string>): string {
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } };
  const spec = {
    ...(terms === undefined ? {} : { affinity: { nodeAffinity: required } }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    containers: [],
  };
  const candidate = pod.parse({ metadata: { name: 'p' }, spec });
  return nodes
    .filter((one) => matchesNodeSelection(candidate, one))
    .map(({ metadata }) => metadata.name)
    .join(' ');
}

const term = (key: string, operator: string, ...values: string[]): NodeSelectorTerm => ({
  matchExpressions: [{ key, operator, values }],
});

describe('nodes that a pod may run on', () => {
  it.each<[string, NodeSelectorTerm[] | null | undefined, string]>([
    ['any without affinity', undefined, 'a b c'],
    ['In', [term('zone', 'In', 'east', 'north')], 'a'],
    ['NotIn, also where the label is missing', [term('zone', 'NotIn', 'east')], 'b c'],
    ['Exists', [term('disk', 'Exists')], 'a'],
    ['DoesNotExist', [term('disk', 'DoesNotExist')], 'b c'],
    ['Gt, of whole numbers', [term('cores', 'Gt', '8')], 'b'],
    ['Lt, of whole numbers', [term('cores', 'Lt', '16')], 'a'],
    ['one of several terms', [term('disk', 'Exists'), term('zone', 'In', 'west')], 'a b'],
    [
      'all of one term',
      [{ matchExpressions: [...many(term('zone', 'Exists')), ...many(term('disk', 'DoesNotExist'))] }],
      'b',
    ],
    [
      'by name, as for the pods of a DaemonSet',
      [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['c'] }] }],
      'c',
    ],
    ['none for a term that asks for nothing', [{}], ''],
    ['none without terms', [], ''],
    ['none without terms, as Go may write it', null, ''],
    ['none by an operator that is not known', [term('zone', 'Near', 'east')], ''],
  ])('%s', (_what, terms, want) => {
    expect(matching(terms)).toBe(want);
  });

  it('keep the selector and the affinity', () => {
    expect(matching([term('cores', 'Exists')], { zone: 'west' })).toBe('b');
    expect(matching([term('disk', 'Exists')], { zone: 'west' })).toBe('');
  });
});

function many({ matchExpressions }: NodeSelectorTerm) {
  return matchExpressions ?? [];
}

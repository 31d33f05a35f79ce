import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Pod } from '#core/api/kubernetes.ts';
import { makeNode, makePod } from '#test/builders.ts';
import { usageOfNodes } from './node-usage.ts';
import { UsageIndex } from './usage-index.ts';

const nodes = ['n1', 'n2'].map((name) => makeNode(name));

function podOn(name: string, node: string | undefined, cpu: number, phase?: string): Pod {
  const made = makePod(name, node === undefined ? {} : { node });
  const containers = [{ name: 'app', resources: { requests: { cpu } } }];
  return { ...made, spec: { ...made.spec, containers }, ...(phase === undefined ? {} : { status: { phase } }) };
}

it('holds what a count from scratch would, whatever happened to the pods', () => {
  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    gone: fc.boolean(),
    node: fc.constantFrom(undefined, 'n1', 'n2', 'not-known'),
    cpu: fc.integer({ min: 0, max: 4 }),
    phase: fc.constantFrom(undefined, 'Running', 'Succeeded'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const index = new UsageIndex();
      const pods = new Map<string, Pod>();
      for (const { name, gone, node, cpu, phase } of steps) {
        const after = gone ? undefined : podOn(name, node, cpu, phase);
        index.podChanged(pods.get(name), after);
        if (after) pods.set(name, after);
        else pods.delete(name);
      }
      const want = usageOfNodes(nodes, [...pods.values()], new Map());
      expect([...index.usages(nodes).values()]).toEqual(want);
    }),
  );
});

import { describe, expect, it } from 'vitest';
import type { Pod } from '#core/api/kubernetes.ts';
import { finish } from '#core/pieces.ts';
import { makeGroup, makeNode, makePod, makeSlice, makeTopology, NOW } from '#test/builders.ts';
import { planOfState } from './plan-of-state.ts';

/** A link's cost is its RTT in ms / 100. */
const topology = makeTopology(
  { weights: { latency: 100, bandwidth: 0, loss: 0 } },
  { maxima: { rttMicroseconds: 100_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 } },
);
const slices = [
  makeSlice('n1', { n2: { rttMicroseconds: 10_000 }, n3: { rttMicroseconds: 80_000 } }),
  makeSlice('n2', { n1: { rttMicroseconds: 10_000 }, n3: { rttMicroseconds: 80_000 } }),
  makeSlice('n3', { n1: { rttMicroseconds: 80_000 }, n2: { rttMicroseconds: 80_000 } }),
];
const nodes = ['n1', 'n2', 'n3'].map((name) => makeNode(name, { cpu: '2' }));
const shop = makeGroup('shop', { web: { db: 1 }, db: {} });

/** It asks for one CPU. */
function podOf(name: string, node?: string, group = 'shop'): Pod {
  const workload = name.split('-')[0] ?? '';
  const made = makePod(name, { group, workload, ...(node === undefined ? {} : { node }) });
  return { ...made, spec: { ...made.spec, containers: [{ name: 'app', resources: { requests: { cpu: '1' } } }] } };
}

function planOf(pods: Pod[], replan = false) {
  const state = { nodes, slices, topology, pods, appGroups: [shop] };
  return finish(planOfState(state, shop, { seed: 1, replan, outOfTime: () => false }));
}

const deleted = (pod: Pod): Pod => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: NOW } });
const ended = (pod: Pod): Pod => ({ ...pod, status: { phase: 'Succeeded' } });
const assigned = (plan: ReturnType<typeof planOf>) => plan.assignments.map(({ workload, node }) => [workload, node]);

describe('the plan of a group in a state that was written down', () => {
  it('leaves bound pods where they are, and tells what their placement costs now', () => {
    const pods = [podOf('web-0', 'n3'), podOf('db-0', 'n1'), podOf('web-1')];
    const plan = planOf(pods);
    expect(Object.groupBy(assigned(plan), ([workload]) => workload as string)).toEqual({
      web: [
        ['web', 'n3'],
        ['web', 'n1'],
      ],
      db: [['db', 'n1']],
    });
    expect(plan.cost).toBeCloseTo(0.4);
    expect(plan.presentCost).toBeCloseTo(0.8);
  });

  it('puts all pods anew where that is asked for, in the room that they have now', () => {
    const pods = [podOf('web-0', 'n3'), podOf('db-0', 'n1'), podOf('other-0', 'n1', 'others')];
    const plan = planOf(pods, true);
    expect(plan.cost).toBe(0);
    const [first, second] = assigned(plan).map(([, node]) => node);
    expect(first).toBe(second);
    // n1 has room for one of them beside what is of others there.
    expect(first).not.toBe('n1');
    expect(plan.presentCost).toBeCloseTo(0.8);
  });

  it('plans no pods that are going, and leaves them their room until they are gone', () => {
    const going = [deleted(podOf('db-1', 'n1')), deleted(podOf('web-1', 'n1')), ended(podOf('web-2', 'n2'))];
    const plan = planOf([...going, podOf('db-0', 'n1'), podOf('web-0')]);
    expect(assigned(plan)).toEqual([
      ['db', 'n1'],
      ['web', 'n2'],
    ]);
    expect(plan).not.toHaveProperty('presentCost');
  });

  it('leaves the bandwidth that pods of other groups reserve', () => {
    const needing = (name: string) =>
      makeGroup(name, { web: [{ name: 'db', weight: 1, minBandwidth: '60M' }], db: {} }, { requirements: 'All' });
    const link = { rttMicroseconds: 10_000, bandwidthBitsPerSecond: 100e6 };
    const two = ['n1', 'n2'].map((name) => makeNode(name, { cpu: name === 'n1' ? '2' : '4' }));
    const both = [makeSlice('n1', { n2: link }), makeSlice('n2', { n1: link })];
    const unassigned = (others: Pod[]) => {
      const pods = [podOf('db-0', 'n1'), podOf('db-1', 'n1', 'bank'), podOf('web-0'), ...others];
      const state = { nodes: two, slices: both, topology, pods, appGroups: [needing('shop'), needing('bank')] };
      const group = needing('shop');
      return finish(planOfState(state, group, { seed: 1, replan: false, outOfTime: () => false })).unassigned;
    };
    expect(unassigned([])).toEqual([]);
    expect(unassigned([podOf('web-1', 'n2', 'bank')])).toEqual(['default/web-0']);
  });

  it('names pods of workloads that the group does not have', () => {
    const plan = planOf([podOf('cart-0'), podOf('db-0')]);
    expect(plan.strangers).toEqual(['default/cart-0']);
    expect(assigned(plan).map(([workload]) => workload)).toEqual(['db']);
  });
});

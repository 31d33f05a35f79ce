import { describe, expect, it } from 'vitest';
import type { AppGroup, AppGroupStatus } from '#core/api/app-group.ts';
import { appGroupsView } from '#core/api/app-group-view.ts';
import type { ClusterState } from '#core/scoring/snapshot.ts';
import { makeGroup, makeNode, makePod, makeSlice, makeTopology, NOW, secondsAgo } from '#test/builders.ts';
import { groupViewsOf } from './group-views.ts';

/** A link's cost is its RTT in ms / 100. */
const topology = makeTopology(
  { weights: { latency: 100, bandwidth: 0, loss: 0 } },
  { maxima: { rttMicroseconds: 100_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 } },
);
const shop = makeGroup('shop', { web: { db: 1 }, db: {} });
const at = (workload: string, node?: string) =>
  makePod(`${workload}-0`, { group: 'shop', workload, ...(node === undefined ? {} : { node }) });

function viewsOf(state: Partial<ClusterState>) {
  const nodes = ['n1', 'n2'].map((name) => makeNode(name));
  const slices = [makeSlice('n1', { n2: { rttMicroseconds: 30_000 } })];
  return groupViewsOf({ nodes, slices, topology, pods: [], appGroups: [shop], ...state }, NOW);
}

function withStatus(status: AppGroupStatus, generation = 2): AppGroup {
  return { ...shop, metadata: { ...shop.metadata, generation }, status };
}

const plan = { assignments: [], costPartsPerMillion: 5, lowerBoundPartsPerMillion: 4, calculatedAt: NOW };
const condition = (type: string, reason: string) =>
  ({ type, status: 'False', reason, message: '', lastTransitionTime: secondsAgo(60) }) as const;

describe('views of AppGroups that were written down', () => {
  it('tell where the pods are, the order and the cost, as the aggregator would', () => {
    const views = viewsOf({ pods: [at('web', 'n1'), at('db', 'n2')] });
    expect(views).toMatchObject([
      {
        namespace: 'default',
        name: 'shop',
        spec: shop.spec,
        status: {
          scheduleOrder: [
            { workload: 'db', index: 1 },
            { workload: 'web', index: 2 },
          ],
          workloads: [
            { name: 'web', replicas: 1, nodes: ['n1'] },
            { name: 'db', replicas: 1, nodes: ['n2'] },
          ],
          conditions: [
            { type: 'Valid', status: 'True' },
            { type: 'Acyclic', status: 'True' },
            { type: 'Unambiguous', status: 'True' },
          ],
          placementCostPartsPerMillion: 300_000,
        },
      },
    ]);
    expect(appGroupsView.parse({ appGroups: views }).appGroups).toEqual(views);
  });

  it.each([
    ['no call has both ends placed', [at('web', 'n1'), at('db')]],
    ['an end is on a node that is not there', [at('web', 'n1'), at('db', 'gone')]],
  ])('tell no cost while %s', (_, pods) => {
    expect(viewsOf({ pods })[0]?.status).not.toHaveProperty('placementCostPartsPerMillion');
  });

  it('are sorted by name', () => {
    const appGroups = ['zoo', 'bank'].map((name) => makeGroup(name, { web: {} }));
    expect(viewsOf({ appGroups }).map(({ name }) => name)).toEqual(['bank', 'zoo']);
  });

  it('keep the plan and the conditions of others that were written of this spec, and no other', () => {
    const status = { conditions: [condition('Planned', 'NoRoom'), condition('Valid', 'InvalidSpec')], plan };
    const [current] = viewsOf({ appGroups: [withStatus({ ...status, observedGeneration: 2 })] });
    expect(current?.status?.plan).toEqual(plan);
    expect(current?.status?.conditions?.map(({ type, reason }) => [type, reason])).toEqual([
      ['Valid', 'SpecValid'],
      ['Acyclic', 'NoCycle'],
      ['Unambiguous', 'OneClaim'],
      ['Planned', 'NoRoom'],
    ]);
    const [older] = viewsOf({ appGroups: [withStatus({ ...status, observedGeneration: 1 })] });
    expect(older?.status).not.toHaveProperty('plan');
    expect(older?.status?.conditions?.map(({ type }) => type)).toEqual(['Valid', 'Acyclic', 'Unambiguous']);
  });
});

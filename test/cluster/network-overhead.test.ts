import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkOverheadDefinitions, networkOverheadLabels } from '#benchmark/scheduler/network-overhead-objects.ts';
import { diktyoAppGroup, diktyoNetworkTopology } from '#core/api/diktyo.ts';
import { pod as podSchema, REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { convertAppGroup } from '#core/diktyo/app-group.ts';
import { chooseTable } from '#core/diktyo/network-topology.ts';
import { createRandom } from '#core/random.ts';
import { type NodeScore, scorePod } from '#core/scoring/score.ts';
import { until } from '#lab/until.ts';
import { makeNode, makeSnapshot } from '#test/builders.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { hasNetworkOverhead, startNetworkOverhead } from '#test/cluster/network-overhead-scheduler.ts';
import type { TestProcess } from '#test/cluster/processes.ts';
import { boundTo, createNode, createPod, DEADLINE_MS } from '#test/cluster/scheduling.ts';
import { APP_GROUP, NODES, PLACED, TOPOLOGY, WANT } from '#test/diktyo/two-regions.ts';

// scheduler-plugins' NetworkOverhead itself, compiled into a kube-scheduler, says in its log what each node costs and scores.

const SUITE = 'NetworkOverhead on a real control plane';
const canRun = hasNetworkOverhead(SUITE) && hasControlPlane(SUITE);

const GROUPS = '/apis/appgroup.diktyo.x-k8s.io/v1alpha1/namespaces/default/appgroups';
const TOPOLOGIES = '/apis/networktopology.diktyo.x-k8s.io/v1alpha1/namespaces/default/networktopologies';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** Beside those of the fixture: nodes with one label only, and one whose zone has no costs. */
const ALL_NODES = [
  ...NODES,
  makeNode('zone-only', { zone: 'east-a' }),
  makeNode('region-only', { region: 'east' }),
  makeNode('east-c-1', { zone: 'east-c', region: 'east' }),
];
const NAMES = ALL_NODES.map(({ metadata }) => metadata.name);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const RANDOM_GROUPS = 12;

interface Scored {
  costs: number[];
  scores: number[];
}

describe.runIf(canRun)(SUITE, () => {
  let cluster: Cluster;
  let process: TestProcess;

  beforeAll(async () => {
    cluster = await startCluster();
    const { client } = cluster;
    for (const definition of networkOverheadDefinitions()) await client.create(DEFINITIONS, definition);
    for (const { metadata } of ALL_NODES) {
      const labels = Object.entries(metadata.labels ?? {}).filter(([label]) =>
        [ZONE_LABEL, REGION_LABEL].includes(label),
      );
      await createNode(cluster, metadata.name, { labels: Object.fromEntries(labels) });
    }
    for (const [path, object] of [
      [GROUPS, APP_GROUP],
      [TOPOLOGIES, TOPOLOGY],
    ] as const) {
      await until(`${path} is served`, DEADLINE_MS, () => client.create(path, object).then(() => undefined, String));
    }
    process = await startNetworkOverhead(cluster, {
      namespaces: ['default'],
      weightsName: 'UserDefined',
      networkTopologyName: 'nt-default',
    });
  });

  afterAll(() => cluster?.stop());

  async function place(name: string, group: string, selector: string, nodeName?: string): Promise<void> {
    const spec = nodeName === undefined ? {} : { nodeName };
    await createPod(cluster, name, { group, workload: selector, labels: networkOverheadLabels(group, selector), spec });
  }

  /** What NetworkOverhead says of the nodes of the fixture for a pod that it places. */
  async function scoresOf(name: string, group: string, selector: string): Promise<Scored> {
    const before = process.log().length;
    await place(name, group, selector);
    await boundTo(cluster, name);
    const log = process.log().slice(before);
    const costs = scoresIn(log, 'before normalization: ');
    const scores = scoresIn(log, 'after normalization: ');
    expect(costs, log).toHaveLength(NAMES.length);
    // It leaves them as they are, and says nothing, where all are 0.
    return { costs, scores: scores.length === 0 ? costs : scores };
  }

  it.each(['web', 'cart', 'ads', 'db'])('makes what is reckoned by hand of a pod of %s', async (selector) => {
    if (selector === 'web') {
      for (const { metadata, spec } of PLACED) {
        await place(metadata.name, 'shop', metadata.labels?.['appgroup.diktyo.x-k8s.io.workload'] ?? '', spec.nodeName);
      }
    }
    const { costs, scores } = await scoresOf(`${selector}-new`, 'shop', selector);
    expect({ costs: costs.slice(0, NODES.length), scores: scores.slice(0, NODES.length) }).toEqual(WANT[selector]);
  });

  it(`makes what netaware makes of drawn groups (SEED=${SEED})`, { timeout: 300_000 }, async () => {
    const { table = [] } = chooseTable([diktyoNetworkTopology.parse(TOPOLOGY)], {});
    const random = createRandom(SEED);
    const below = (limit: number) => Math.floor(random() * limit);
    for (let number = 0; number < RANDOM_GROUPS; number++) {
      const name = `drawn-${number}`;
      const selectors = ['a', 'b', 'c'].slice(0, 1 + below(3));
      const reference = (selector: string) => ({ kind: 'Deployment', name: `of-${selector}`, selector });
      const group = {
        ...APP_GROUP,
        metadata: { name, namespace: 'default' },
        spec: {
          ...APP_GROUP.spec,
          workloads: [
            // The first is called twice.
            {
              workload: reference('caller'),
              dependencies: [...selectors, 'a'].map((selector) => ({
                workload: reference(selector),
                maxNetworkCost: 100,
              })),
            },
            ...selectors.map((selector) => ({ workload: reference(selector) })),
          ],
        },
      };
      await cluster.client.create(GROUPS, group);
      const pods = selectors.flatMap((selector) =>
        Array.from({ length: 1 + below(4) }, (_, replica) => ({
          selector,
          replica,
          node: NAMES[below(NAMES.length)] ?? '',
        })),
      );
      for (const { selector, replica, node } of pods)
        await place(`${name}-${selector}-${replica}`, name, selector, node);
      const placed = pods.map(({ selector, replica, node }) => podOf(`${selector}-${replica}`, name, selector, node));
      const appGroups = [convertAppGroup(diktyoAppGroup.parse(group)).group];
      const snapshot = makeSnapshot({ nodes: ALL_NODES, pods: placed, appGroups, table, tableAlone: true });
      const config = { strategy: 'minmax', dependenciesOnly: true } as const;
      const { nodes } = scorePod(podOf('p', name, 'caller'), NAMES, snapshot, config);
      const pick = (field: 'networkCost' | 'score') => nodes.map((node: NodeScore) => node[field]);
      expect({ costs: pick('networkCost'), scores: pick('score') }, JSON.stringify(pods)).toEqual(
        await scoresOf(`${name}-caller`, name, 'caller'),
      );
    }
  });
});

function podOf(name: string, group: string, selector: string, nodeName?: string) {
  const metadata = { name, namespace: 'default', labels: networkOverheadLabels(group, selector) };
  return podSchema.parse({ metadata, spec: { ...(nodeName === undefined ? {} : { nodeName }) } });
}

/** The last list of nodes with scores that was logged so, in the order of `NAMES`; empty where there is none. */
function scoresIn(log: string, message: string): number[] {
  const line = log.split('\n').findLast((candidate) => candidate.includes(`"${message}"`)) ?? '';
  const list = JSON.parse(/scores=(\[.*\])/.exec(line)?.[1] ?? '[]') as { Name: string; Score: number }[];
  const byName = new Map(list.map(({ Name, Score }) => [Name, Score]));
  return byName.size === 0 ? [] : NAMES.map((name) => byName.get(name) ?? Number.NaN);
}

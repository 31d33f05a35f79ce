import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkOverheadDefinitions, networkOverheadLabels } from '#benchmark/scheduler/network-overhead-objects.ts';
import { DIKTYO_SELECTOR_LABEL, diktyoAppGroup, diktyoNetworkTopology } from '#core/api/diktyo.ts';
import { pod as podSchema, REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { convertAppGroup } from '#core/diktyo/app-group.ts';
import { chooseTable } from '#core/diktyo/network-topology.ts';
import { createRandom } from '#core/random.ts';
import { filterNodes } from '#core/scoring/filter.ts';
import { scorePod } from '#core/scoring/score.ts';
import { until } from '#lab/until.ts';
import { makeNode, makeSnapshot } from '#test/builders.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { FILTERING, hasNetworkOverhead, startNetworkOverhead } from '#test/cluster/network-overhead-scheduler.ts';
import type { TestProcess } from '#test/cluster/processes.ts';
import { boundTo, createNode, createPod, DEADLINE_MS, eventOf } from '#test/cluster/scheduling.ts';
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
const DRAWN_GROUPS = 12;
const LIMITS = [0, 4, 5, 7, 10, 19, 20, 29, 30, 100];
const CONFIG = { strategy: 'minmax', dependenciesOnly: true } as const;

interface Scored {
  costs: number[];
  scores: number[];
}

describe.runIf(canRun)(SUITE, () => {
  let cluster: Cluster;
  let plugin: TestProcess;

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
    plugin = await startNetworkOverhead(cluster, {
      namespaces: ['default'],
      weightsName: 'UserDefined',
      networkTopologyName: 'nt-default',
    });
    for (const { metadata, spec } of PLACED) {
      const workload = metadata.labels?.[DIKTYO_SELECTOR_LABEL] ?? '';
      await place(metadata.name, { group: 'shop', workload }, { node: spec.nodeName ?? '' });
    }
  });

  afterAll(() => cluster?.stop());

  async function place(
    name: string,
    member: Member,
    options: { node?: string; scheduler?: string } = {},
  ): Promise<void> {
    const { node, ...rest } = options;
    const spec = node === undefined ? {} : { nodeName: node };
    await createPod(cluster, name, { ...member, labels: labelsOf(member), spec, ...rest });
  }

  /** What NetworkOverhead says of the nodes for a pod that it places. */
  async function scoresOf(name: string, member: Member): Promise<Scored> {
    const before = plugin.log().length;
    await place(name, member);
    await boundTo(cluster, name);
    const log = plugin.log().slice(before);
    const costs = scoresIn(log, 'before normalization: ');
    const scores = scoresIn(log, 'after normalization: ');
    expect([...costs.keys()].toSorted(), log).toEqual(NAMES.toSorted());
    const inOrder = (values: ReadonlyMap<string, number>) => NAMES.map((node) => values.get(node) ?? Number.NaN);
    // It leaves them as they are, and says nothing, where all are 0.
    return { costs: inOrder(costs), scores: inOrder(scores.size === 0 ? costs : scores) };
  }

  /** The nodes that its filter lets pass for a pod. */
  async function passedBy(name: string, member: Member, expected: number): Promise<string[]> {
    const before = plugin.log().length;
    await place(name, member, { scheduler: FILTERING });
    if (expected === 0) {
      await eventOf(cluster, name, 'FailedScheduling');
      return [];
    }
    const node = await boundTo(cluster, name);
    const scored = [...scoresIn(plugin.log().slice(before), 'before normalization: ').keys()];
    // One node alone is not scored.
    return scored.length === 0 ? [node] : scored.toSorted();
  }

  it.each(['web', 'cart', 'ads', 'db'])('makes what is reckoned by hand of a pod of %s', async (workload) => {
    const { costs, scores } = await scoresOf(`${workload}-new`, { group: 'shop', workload });
    expect({ costs: costs.slice(0, NODES.length), scores: scores.slice(0, NODES.length) }).toEqual(WANT[workload]);
  });

  it(`makes what netaware makes of drawn groups (SEED=${SEED})`, { timeout: 300_000 }, async () => {
    const { table = [] } = chooseTable([diktyoNetworkTopology.parse(TOPOLOGY)], {});
    const random = createRandom(SEED);
    const passedCounts = new Set<number>();
    for (let number = 0; number < DRAWN_GROUPS; number++) {
      const { group, pods } = drawGroup(`drawn-${number}`, random);
      await cluster.client.create(GROUPS, group);
      for (const { name, member, node } of pods) await place(name, member, { node });
      const snapshot = makeSnapshot({
        nodes: ALL_NODES,
        pods: pods.map(({ name, member, node }) => podOf(name, member, node)),
        appGroups: [convertAppGroup(diktyoAppGroup.parse(group)).group],
        table,
        tableAlone: true,
      });
      const caller = { group: group.metadata.name, workload: 'caller' };
      const pod = podOf('p', caller);
      const { nodes } = scorePod(pod, NAMES, snapshot, CONFIG);
      const ours = { costs: nodes.map(({ networkCost }) => networkCost), scores: nodes.map(({ score }) => score) };
      const told = JSON.stringify({ group: group.spec.workloads, pods });
      expect(ours, told).toEqual(await scoresOf(`${caller.group}-scored`, caller));
      const { passed } = filterNodes(pod, NAMES, snapshot, CONFIG);
      expect(passed.toSorted(), told).toEqual(await passedBy(`${caller.group}-filtered`, caller, passed.length));
      passedCounts.add(passed.length);
    }
    // Drawn so that the filter makes a difference.
    expect(passedCounts.size).toBeGreaterThan(2);
  });
});

/** A workload that calls up to three, which have up to four replicas each. */
function drawGroup(name: string, random: () => number) {
  const below = (limit: number) => Math.floor(random() * limit);
  const called = ['a', 'b', 'c'].slice(0, 1 + below(3));
  const reference = (selector: string) => ({ kind: 'Deployment', name: `of-${selector}`, selector });
  const dependencies = called.map((selector) => ({
    workload: reference(selector),
    maxNetworkCost: LIMITS[below(LIMITS.length)],
  }));
  const workloads = [
    { workload: reference('caller'), dependencies },
    ...called.map((selector) => ({ workload: reference(selector) })),
  ];
  const pods = called.flatMap((workload) =>
    Array.from({ length: 1 + below(4) }, (_, replica) => ({
      name: `${name}-${workload}-${replica}`,
      member: { group: name, workload },
      node: NAMES[below(NAMES.length)] ?? '',
    })),
  );
  const metadata = { name, namespace: 'default' };
  return { group: { ...APP_GROUP, metadata, spec: { ...APP_GROUP.spec, workloads } }, pods };
}

interface Member {
  group: string;
  workload: string;
}

function labelsOf({ group, workload }: Member): Record<string, string> {
  return networkOverheadLabels(group, workload);
}

function podOf(name: string, member: Member, nodeName?: string) {
  const metadata = { name, namespace: 'default', labels: labelsOf(member) };
  return podSchema.parse({ metadata, spec: { ...(nodeName === undefined ? {} : { nodeName }) } });
}

/** By node what was logged so last; empty where nothing was. */
function scoresIn(log: string, message: string): Map<string, number> {
  const line = log.split('\n').findLast((candidate) => candidate.includes(`"${message}"`)) ?? '';
  const list = JSON.parse(/scores=(\[.*\])/.exec(line)?.[1] ?? '[]') as { Name: string; Score: number }[];
  return new Map(list.map(({ Name, Score }) => [Name, Score]));
}

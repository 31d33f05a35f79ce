import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCase } from '#benchmark/placement/cases.ts';
import { defaultScores, pluginScores } from '#benchmark/placement/default-scores.ts';
import type { Node, Pod } from '#core/api/kubernetes.ts';
import { WORKLOAD_LABEL } from '#core/api/names.ts';
import type { KnownGroup } from '#core/appgroup/known-group.ts';
import { filterNodes } from '#core/resources/node-filters.ts';
import { usageOfNodes } from '#core/resources/node-usage.ts';
import { until } from '#lab/until.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import type { TestProcess } from '#test/cluster/processes.ts';
import { boundTo, DEADLINE_MS } from '#test/cluster/scheduling.ts';

const SUITE = "the benchmark's model of kube-scheduler's scores";
const PODS = '/api/v1/namespaces/default/pods';
const SERVICES = '/api/v1/namespaces/default/services';
const SECURE_PORT = 10_261;
/** Logged scores are weighted. */
const SPREAD_WEIGHT = 2;

describe.runIf(hasControlPlane(SUITE))(SUITE, () => {
  let cluster: Cluster;
  let scheduler: TestProcess;

  beforeAll(async () => {
    cluster = await startCluster({ withDefinitions: false });
    scheduler = await startScheduler(cluster);
  });

  afterAll(async () => cluster.stop());

  it.each([
    { kind: 'zoned', pressure: 'tight', seed: 11 },
    { kind: 'edge-cloud', pressure: 'roomy', seed: 12 },
    { kind: 'geometric', pressure: 'roomy', seed: 13 },
  ] as const)('has the scores of the real one for every pod and node: $kind, $pressure', async (given) => {
    const { nodes, pods, known } = makeCase({ ...given, size: 'small' });
    await create(cluster, nodes, known);
    const placed: Pod[] = [];
    let compared = 0;
    for (const pod of pods) {
      // Of another case's pod with the same name scores are logged, too.
      const name = `${pod.metadata.name}-${given.seed}`;
      await cluster.client.create(PODS, { ...pod, metadata: { ...pod.metadata, name } });
      const nodeName = await boundTo(cluster, name);
      const { feasible } = filterNodes(pod, usageOfNodes(nodes, placed, new Map()));
      const state = { nodes, pods: placed };
      const scores = defaultScores(pod, feasible, state);
      expect(scores.get(nodeName)).toBe(Math.max(...scores.values()));
      if (feasible.length > 1) {
        // With one feasible node kube-scheduler scores nothing.
        const model = [...pluginScores(pod, feasible, state)].map(([node, score]) => [
          node,
          {
            NodeResourcesFit: score.leastAllocated,
            NodeResourcesBalancedAllocation: score.balancedAllocation,
            PodTopologySpread: SPREAD_WEIGHT * score.topologySpread,
          },
        ]);
        expect(Object.fromEntries(model)).toEqual(loggedScores(scheduler.log(), name));
        compared++;
      }
      placed.push({ ...pod, spec: { ...pod.spec, nodeName } });
    }
    expect(compared).toBeGreaterThan(pods.length / 2);
    await remove(cluster, nodes);
  });
});

async function startScheduler({ controlPlane, folder, host, start }: Cluster): Promise<TestProcess> {
  const config = join(folder, 'default-scores.json');
  await writeFile(
    config,
    JSON.stringify({
      apiVersion: 'kubescheduler.config.k8s.io/v1',
      kind: 'KubeSchedulerConfiguration',
      clientConnection: { kubeconfig: controlPlane.kubeconfig },
      leaderElection: { leaderElect: false },
      percentageOfNodesToScore: 100,
      profiles: [{ schedulerName: 'benchmark' }],
    }),
  );
  return start('default-scores', {
    command: controlPlane.commands['kube-scheduler'].command,
    args: [`--config=${config}`, `--bind-address=${host}`, `--secure-port=${SECURE_PORT}`, '--vmodule=schedule_one=10'],
  });
}

/** With a Service for each workload, by which kube-scheduler finds the pods that it spreads. */
async function create({ client }: Cluster, nodes: readonly Node[], { graph }: KnownGroup): Promise<void> {
  for (const node of nodes) await client.create('/api/v1/nodes', node);
  for (const workload of graph.workloads) {
    await client.create(SERVICES, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: workload },
      spec: { clusterIP: 'None', selector: { [WORKLOAD_LABEL]: workload } },
    });
  }
}

async function remove({ client }: Cluster, nodes: readonly Node[]): Promise<void> {
  await client.delete(PODS, { gracePeriodSeconds: 0 });
  await client.delete(SERVICES);
  for (const { metadata } of nodes) await client.delete(`/api/v1/nodes/${metadata.name}`);
  await until('all is gone', DEADLINE_MS, async () => {
    const lists = await Promise.all([PODS, SERVICES].map((path) => client.get(path) as Promise<{ items: unknown[] }>));
    const left = lists.flatMap(({ items }) => items).length;
    // The API server's own Service comes back.
    return left <= 1 ? undefined : `${left} objects are there`;
  });
}

const SCORED = /"Plugin scored node for pod" pod="default\/([^"]+)" plugin="([^"]+)" node="([^"]+)" score=(-?\d+)/g;

/** Of the plugins that the model has, by node. Of each other plugin all nodes have to have the same score. */
function loggedScores(log: string, pod: string): Record<string, Record<string, number>> {
  const byNode: Record<string, Record<string, number>> = {};
  const others = new Map<string, Set<number>>();
  for (const [, name, plugin = '', node = '', score] of log.matchAll(SCORED)) {
    if (name !== pod) continue;
    if (['NodeResourcesFit', 'NodeResourcesBalancedAllocation', 'PodTopologySpread'].includes(plugin)) {
      byNode[node] = { ...byNode[node], [plugin]: Number(score) };
    } else others.set(plugin, (others.get(plugin) ?? new Set()).add(Number(score)));
  }
  for (const [plugin, scores] of others) expect([...scores], plugin).toHaveLength(1);
  return byNode;
}

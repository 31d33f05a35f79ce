import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeApps, NAMESPACE } from '#benchmark/scheduler/apps.ts';
import { ARMS, type Arm, schedulerConfiguration } from '#benchmark/scheduler/arms.ts';
import { type Binding, recordBindings } from '#benchmark/scheduler/binding-recorder.ts';
import { startChild } from '#benchmark/scheduler/child-process.ts';
import { makeCluster } from '#benchmark/scheduler/cluster.ts';
import { rotated } from '#benchmark/scheduler/compare.ts';
import { type ApiServer, startApiServer } from '#benchmark/scheduler/control-plane.ts';
import { startExtenderProcess } from '#benchmark/scheduler/extender-process.ts';
import { createPlacementJudge } from '#benchmark/scheduler/placement.ts';
import { createPods, deletePods, populate } from '#benchmark/scheduler/populate.ts';
import { makeZonedNetwork } from '#benchmark/scheduler/zoned-network.ts';
import { kubernetesVersion, requirePrograms } from '#lab/control-plane/kubernetes/programs.ts';
import { until } from '#lab/until.ts';

/** How the pods of one group come to the scheduler. */
const WAYS = {
  burst: { description: 'all at once, with netaware', arm: ARMS['netaware-current'], create: createPods },
  'one-at-a-time': {
    description: 'each after the one before was bound, with netaware',
    arm: ARMS['netaware-current'],
    create: createOneAtATime,
  },
  default: { description: 'all at once, kube-scheduler as it comes', arm: ARMS['plain-current'], create: createPods },
} satisfies Record<string, { description: string; arm: Arm; create: typeof createPods }>;

type WayName = keyof typeof WAYS;
export const WAY_NAMES = Object.keys(WAYS) as [WayName, ...WayName[]];

interface BurstRun {
  way: WayName;
  round: number;
  /** Network cost of the placement, 0..1. */
  placementCost: number;
  seconds: number;
}

const BIND_DEADLINE_MS = 120_000;

export function describeWay(way: WayName): string {
  return WAYS[way].description;
}

/** One group of Online Boutique, placed in every way in every round. */
export async function runBursts(
  settings: { nodes: number; replicas: number; rounds: number; seed: number },
  tell: (line: string) => void,
): Promise<{ kubernetes: string; nodes: number; pods: number; runs: BurstRun[] }> {
  const programs = requirePrograms(process.env);
  const apiServer = await startApiServer(programs);
  try {
    const nowMs = Date.now();
    const network = makeZonedNetwork(settings.seed);
    const cluster = makeCluster(settings.nodes, network, settings.seed, nowMs);
    const apps = makeApps(1, settings.replicas);
    await populate(apiServer.client, { network, cluster, apps });
    const nodeNames = cluster.nodes.map(({ metadata }) => metadata.name);
    const judge = createPlacementJudge(cluster, apps, nowMs);
    const runs: BurstRun[] = [];
    for (let round = 0; round < settings.rounds; round += 1) {
      for (const way of rotated(WAY_NAMES, round)) {
        const { bindings, seconds } = await placeApp({
          way,
          apiServer,
          apps,
          nodeNames,
          scheduler: programs['kube-scheduler'],
        });
        const run = { way, round, placementCost: judge(bindings), seconds };
        runs.push(run);
        tell(`round ${round + 1} of ${settings.rounds}, ${way}: placement cost ${run.placementCost.toFixed(3)}`);
      }
    }
    return { kubernetes: kubernetesVersion(), nodes: settings.nodes, pods: apps.pods.length, runs };
  } finally {
    await apiServer.stop();
  }
}

/** Starts the way's scheduler, creates the pods, waits until all are bound, and leaves the cluster without pods. */
async function placeApp(options: {
  way: WayName;
  apiServer: ApiServer;
  apps: ReturnType<typeof makeApps>;
  nodeNames: readonly string[];
  scheduler: string;
}): Promise<{ bindings: Binding[]; seconds: number }> {
  const { apps, nodeNames, scheduler } = options;
  const { arm, create } = WAYS[options.way];
  const { client, kubeconfig, folder } = options.apiServer;
  const warmUp = { pods: apps.pods, nodeNames };
  const extender = arm.extender === 'none' ? undefined : await startExtenderProcess(kubeconfig, arm.extender, warmUp);
  const config = join(folder, 'scheduler.json');
  await writeFile(config, JSON.stringify(schedulerConfiguration(arm, kubeconfig, extender?.port)));
  const child = startChild(scheduler, ['--config', config, '--secure-port', '0']);
  const recorder = await recordBindings(client.kubeConfig, NAMESPACE, apps.pods.length);
  try {
    const startedAt = performance.now();
    await Promise.race([create(client, apps), child.ended]);
    const bindings = await Promise.race([recorder.all, child.ended]);
    return { bindings, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    recorder.stop();
    await child.stop();
    await extender?.stop();
    await deletePods(client);
  }
}

async function createOneAtATime(client: ApiServer['client'], apps: ReturnType<typeof makeApps>): Promise<void> {
  for (const pod of apps.pods) {
    await createPods(client, { ...apps, pods: [pod] });
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/${pod.metadata.name}`;
    await until(`${pod.metadata.name} is bound`, BIND_DEADLINE_MS, async () => {
      const { spec } = (await client.get(path)) as { spec: { nodeName?: string } };
      return spec.nodeName === undefined ? 'not yet' : undefined;
    });
  }
}

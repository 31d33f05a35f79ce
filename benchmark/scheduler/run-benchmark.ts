import type { BenchContext } from '#benchmark/bench.ts';
import { kubernetesVersion, requirePrograms } from '#lab/control-plane/kubernetes/programs.ts';
import { makeApps } from './apps.ts';
import { ARMS, type ArmName, isCurrentRelease } from './arms.ts';
import { makeCluster } from './cluster.ts';
import { rotated } from './compare.ts';
import { type ApiServer, startApiServer } from './control-plane.ts';
import { createPlacementJudge } from './placement.ts';
import { populate } from './populate.ts';
import type { BenchResult, Run } from './result.ts';
import { runArm } from './run-arm.ts';
import { networkOverheadScheduler } from './scheduler-binary.ts';
import { makeZonedNetwork } from './zoned-network.ts';

export interface BenchSettings {
  nodes: readonly number[];
  arms: readonly ArmName[];
  rounds: number;
  pods: number;
  replicas: number;
  seed: number;
}

type Tell = (line: string) => void;

/** Every arm in every round, at every size; a cluster of its own for each size. */
export async function runBenchmark(settings: BenchSettings, { head, tell }: BenchContext): Promise<BenchResult> {
  const programs = requirePrograms(process.env);
  const current = { path: programs['kube-scheduler'], version: kubernetesVersion() };
  const scheduler = settings.arms.every(isCurrentRelease) ? current : await networkOverheadScheduler(tell);
  const runs: Run[] = [];
  let apiVersion = '';
  for (const nodes of settings.nodes) {
    const apiServer = await startApiServer(programs);
    try {
      apiVersion = ((await apiServer.client.get('/version')) as { gitVersion: string }).gitVersion;
      const binaryOf = (arm: ArmName) => (isCurrentRelease(arm) ? current : scheduler).path;
      runs.push(...(await runRounds({ settings, nodes, apiServer, binaryOf, tell })));
    } finally {
      await apiServer.stop();
    }
  }
  const { rounds, replicas, seed } = settings;
  return {
    ...head,
    machine: { ...head.machine, apiServer: apiVersion, scheduler: scheduler.version },
    settings: { pods: makeApps(settings.pods, replicas).pods.length, replicas, rounds, seed },
    runs,
  };
}

async function runRounds({
  settings,
  nodes,
  apiServer,
  binaryOf,
  tell,
}: {
  settings: BenchSettings;
  nodes: number;
  apiServer: ApiServer;
  binaryOf(arm: ArmName): string;
  tell: Tell;
}): Promise<Run[]> {
  const nowMs = Date.now();
  const network = makeZonedNetwork(settings.seed);
  const cluster = makeCluster(nodes, network, settings.seed, nowMs);
  const apps = makeApps(settings.pods, settings.replicas);
  tell(`${nodes} nodes: creating them, their links, and ${apps.groups.length} AppGroups`);
  await populate(apiServer.client, { network, cluster, apps });
  const nodeNames = cluster.nodes.map(({ metadata }) => metadata.name);
  const judge = createPlacementJudge(cluster, apps, nowMs);
  const runs: Run[] = [];
  for (let round = 0; round < settings.rounds; round++) {
    for (const arm of rotated(settings.arms, round)) {
      const figures = await runArm({ apiServer, arm: ARMS[arm], scheduler: binaryOf(arm), apps, nodeNames, judge });
      runs.push({ nodes, round, arm, ...figures });
      const { podsPerSecond, placementCost, invalid } = figures;
      const doubt = invalid === undefined ? '' : `; does not count: ${invalid}`;
      tell(
        `${nodes} nodes, round ${round + 1} of ${settings.rounds}, ${arm}: ` +
          `${podsPerSecond.toFixed(0)} pods/s, placement cost ${placementCost.toFixed(3)}${doubt}`,
      );
    }
  }
  return runs;
}

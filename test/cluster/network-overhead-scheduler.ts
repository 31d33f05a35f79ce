import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtNetworkOverheadScheduler } from '#benchmark/scheduler/scheduler-binary.ts';
import { SCHEDULER_NAME } from '#core/api/names.ts';
import type { Cluster } from '#test/cluster/cluster.ts';
import type { TestProcess } from '#test/cluster/processes.ts';

/** The name of a scheduler. */
export const FILTERING = 'network-overhead';

/** A weight beside which those of all other plugins together do not count. */
const MORE_THAN_OTHERS = 100;

const program = await builtNetworkOverheadScheduler();

/** Whether kube-scheduler with NetworkOverhead was built, for `describe.runIf`; where it was not, a line says so. */
export function hasNetworkOverhead(suite: string): boolean {
  if (program === undefined) {
    process.stderr.write(`skipped: ${suite}: NetworkOverhead is not built; "make network-overhead" builds it\n`);
  }
  return program !== undefined;
}

/**
 * Starts a kube-scheduler that scores by NetworkOverhead, and says in its log what. For pods of `FILTERING` it filters by it,
 * too; for those of our own scheduler it does not, and scores every node.
 */
export async function startNetworkOverhead(
  cluster: Cluster,
  args: { namespaces: string[]; weightsName: string; networkTopologyName: string },
): Promise<TestProcess> {
  const { folder, controlPlane } = cluster;
  const config = join(folder, 'network-overhead.json');
  const enabled = [{ name: 'NetworkOverhead' }];
  const plugins = {
    preFilter: { enabled },
    score: { enabled: [{ name: 'NetworkOverhead', weight: MORE_THAN_OTHERS }] },
  };
  const pluginConfig = [{ name: 'NetworkOverhead', args }];
  const configuration = {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig: controlPlane.kubeconfig },
    percentageOfNodesToScore: 100,
    profiles: [
      { schedulerName: SCHEDULER_NAME, plugins, pluginConfig },
      { schedulerName: FILTERING, plugins: { ...plugins, filter: { enabled } }, pluginConfig },
    ],
  };
  await writeFile(config, JSON.stringify(configuration));
  const flags = ['--config', config, '--secure-port', '0', '-v', '4'];
  return cluster.start('network-overhead', { command: program ?? '', args: flags });
}

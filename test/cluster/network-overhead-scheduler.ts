import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtNetworkOverheadScheduler } from '#benchmark/scheduler/scheduler-binary.ts';
import { SCHEDULER_NAME } from '#core/api/names.ts';
import type { Cluster } from '#test/cluster/cluster.ts';
import type { TestProcess } from '#test/cluster/processes.ts';

const program = await builtNetworkOverheadScheduler();

/** Whether kube-scheduler with NetworkOverhead was built, for `describe.runIf`; where it was not, a line says so. */
export function hasNetworkOverhead(suite: string): boolean {
  if (program === undefined) {
    process.stderr.write(`skipped: ${suite}: NetworkOverhead is not built; "make bench-scheduler" builds it\n`);
  }
  return program !== undefined;
}

/**
 * Starts a kube-scheduler that scores by NetworkOverhead, and says in its log what. Without the plugin's filter, so that it
 * scores every node.
 */
export async function startNetworkOverhead(
  cluster: Cluster,
  args: { namespaces: string[]; weightsName: string; networkTopologyName: string },
): Promise<TestProcess> {
  const { folder, controlPlane } = cluster;
  const config = join(folder, 'network-overhead.json');
  // It weighs more than all other plugins together.
  const enabled = [{ name: 'NetworkOverhead', weight: 100 }];
  const configuration = {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig: controlPlane.kubeconfig },
    percentageOfNodesToScore: 100,
    profiles: [
      {
        schedulerName: SCHEDULER_NAME,
        plugins: { preFilter: { enabled: [{ name: 'NetworkOverhead' }] }, score: { enabled } },
        pluginConfig: [{ name: 'NetworkOverhead', args }],
      },
    ],
  };
  await writeFile(config, JSON.stringify(configuration));
  const flags = ['--config', config, '--secure-port', '0', '-v', '4'];
  return cluster.start('network-overhead', { command: program ?? '', args: flags });
}

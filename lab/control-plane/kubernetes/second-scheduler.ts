import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SCHEDULER_NAME } from '#core/api/names.ts';
import type { CommandLine } from '#lab/control-plane/kubernetes/commands.ts';

const SECURE_PORT = 10_260;

/**
 * Writes the configuration of the second scheduler below `folder`: a stock kube-scheduler that asks the extender at
 * `extenderUrl`. Returns how it is started, with the rights of `kubeconfig`.
 */
export async function secondSchedulerCommand(options: {
  folder: string;
  host: string;
  program: string;
  kubeconfig: string;
  extenderUrl: string;
}): Promise<CommandLine> {
  const { folder, host, program, kubeconfig, extenderUrl } = options;
  const path = join(folder, 'netaware-scheduler.yaml');
  // JSON is YAML.
  await writeFile(path, JSON.stringify(schedulerConfiguration(kubeconfig, extenderUrl), null, 2));
  return { command: program, args: [`--config=${path}`, `--bind-address=${host}`, `--secure-port=${SECURE_PORT}`] };
}

function schedulerConfiguration(kubeconfig: string, extenderUrl: string): object {
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    clientConnection: { kubeconfig },
    leaderElection: { leaderElect: false },
    percentageOfNodesToScore: 100,
    profiles: [{ schedulerName: SCHEDULER_NAME }],
    extenders: [
      {
        urlPrefix: `${extenderUrl}/scheduler`,
        filterVerb: 'filter',
        prioritizeVerb: 'prioritize',
        weight: 1,
        nodeCacheCapable: true,
        ignorable: true,
        httpTimeout: '500ms',
      },
    ],
  };
}

import { join } from 'node:path';
import { SCHEDULER_NAME } from '#core/api/names.ts';
import type { CommandLine } from '#lab/control-plane/kubernetes/commands.ts';
import { startControlPlane } from '#lab/control-plane/kubernetes/control-plane.ts';
import { installDefinitions } from '#lab/control-plane/kubernetes/definitions.ts';
import { describePrograms, requirePrograms } from '#lab/control-plane/kubernetes/programs.ts';
import { secondSchedulerCommand } from '#lab/control-plane/kubernetes/second-scheduler.ts';
import { writeKubeconfig } from '#lab/kubeconfig.ts';
import { MANAGEMENT_NETWORK, STATE_FOLDER } from '#lab/names.ts';
import { ENDPOINTS, programPath, startProgram, writeConfig } from '#lab/parts.ts';
import { type LabProcess, spawnInLab } from '#lab/state/processes.ts';
import { untilAnswers } from '#lab/until-answers.ts';
import { createKubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';

export const CONTROL_PLANES = ['embedded', 'kubernetes'] as const;
export type ControlPlaneKind = (typeof CONTROL_PLANES)[number];

export interface LabControlPlane {
  url: string;
  /** Of an administrator. */
  kubeconfig: string;
  /** The lab lives as long as this process: the API server's. */
  process: LabProcess;
  /** Starts the scheduler that asks the extender, where it is a program of its own. */
  startNetawareScheduler(): Promise<void>;
}

const HOST = MANAGEMENT_NETWORK.own;
const EMBEDDED_PORT = 6443;
const API_TIMEOUT_MS = 10_000;

/** Starts the lab's API server and schedulers, with netaware's custom resources. */
export function startLabControlPlane(
  kind: ControlPlaneKind,
  seed: number,
  progress: (line: string) => void,
): Promise<LabControlPlane> {
  return kind === 'kubernetes' ? startKubernetes(progress) : startEmbedded(seed);
}

async function startEmbedded(seed: number): Promise<LabControlPlane> {
  const extender = {
    urlPrefix: `${ENDPOINTS.extender}/scheduler`,
    filterVerb: 'filter',
    prioritizeVerb: 'prioritize',
    weight: 1,
    nodeCacheCapable: true,
    ignorable: true,
    httpTimeoutMs: 500,
  };
  const config = await writeConfig('control-plane', {
    host: HOST,
    port: EMBEDDED_PORT,
    seed,
    profiles: [
      { schedulerName: 'default-scheduler', extenders: [] },
      { schedulerName: SCHEDULER_NAME, extenders: [extender] },
    ],
  });
  const url = `http://${HOST}:${EMBEDDED_PORT}`;
  const kubeconfig = join(STATE_FOLDER, 'kubeconfig');
  await writeKubeconfig(kubeconfig, { server: url });
  const process = await startProgram('control-plane', [programPath('./control-plane/main.ts'), '--config', config]);
  await untilAnswers(`${url}/readyz`, 'control-plane');
  return { url, kubeconfig, process, startNetawareScheduler: async () => {} };
}

async function startKubernetes(progress: (line: string) => void): Promise<LabControlPlane> {
  for (const line of describePrograms(process.env)) progress(line);
  const programs = requirePrograms(process.env);
  const folder = join(STATE_FOLDER, 'control-plane');
  const start = (name: string, { command, args }: CommandLine) =>
    spawnInLab({ command, args, logFile: join(STATE_FOLDER, 'logs', `${name}.log`) });
  const { url, kubeconfig, credentials, processes } = await startControlPlane({ folder, host: HOST, programs, start });
  await installDefinitions(createKubernetesClient(loadKubeConfig(kubeconfig), { timeoutMs: API_TIMEOUT_MS }));
  return {
    url,
    kubeconfig,
    process: processes['kube-apiserver'],
    startNetawareScheduler: async () => {
      const command = await secondSchedulerCommand({
        folder,
        host: HOST,
        program: programs['kube-scheduler'],
        kubeconfig: credentials.kubeconfigs['system:kube-scheduler'],
        extenderUrl: ENDPOINTS.extender,
      });
      await start('netaware-scheduler', command);
    },
  };
}

import { absence } from '#lab/control-plane/kubernetes/absence.ts';
import {
  apiServerUrl,
  type CommandLine,
  controlPlaneCommands,
  etcdUrl,
} from '#lab/control-plane/kubernetes/commands.ts';
import { type Credentials, writeCredentials } from '#lab/control-plane/kubernetes/credentials.ts';
import type { ProgramName } from '#lab/control-plane/kubernetes/program-names.ts';
import type { Programs } from '#lab/control-plane/kubernetes/programs.ts';
import { until } from '#lab/until.ts';
import { createKubernetesClient, type KubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';

/** Starts a program of the control plane; `name` is for its log. */
export type StartProgram<Process> = (name: string, line: CommandLine) => Promise<Process>;

/** A real etcd, kube-apiserver, kube-controller-manager and default kube-scheduler. */
export interface ControlPlane<Process> {
  url: string;
  /** Of an administrator. */
  kubeconfig: string;
  credentials: Credentials;
  /** How each program was started, to start one again after it was ended. */
  commands: Record<ProgramName, CommandLine>;
  processes: Record<ProgramName, Process>;
}

const READY_DEADLINE_MS = 120_000;
const PROBE_TIMEOUT_MS = 2000;

/**
 * Starts a control plane that keeps its data below `folder` and listens on `host`, an address that nothing else uses, and
 * waits until it serves. Throws AppError TIMEOUT with what its API server said last.
 */
export async function startControlPlane<Process>(options: {
  folder: string;
  host: string;
  programs: Programs;
  start: StartProgram<Process>;
}): Promise<ControlPlane<Process>> {
  const { folder, host, start } = options;
  const url = apiServerUrl(host);
  const credentials = await writeCredentials(folder, url);
  const commands = controlPlaneCommands({ ...options, credentials });
  const run = (name: ProgramName) => start(name, commands[name]);
  const etcd = await run('etcd');
  await until('etcd serves', READY_DEADLINE_MS, () => refusal(`${etcdUrl(host)}/health`));
  const apiServer = await run('kube-apiserver');
  const client = createKubernetesClient(loadKubeConfig(credentials.kubeconfigs.admin), { timeoutMs: PROBE_TIMEOUT_MS });
  await untilApiServerIsReady(client);
  const [controllerManager, scheduler] = await Promise.all([run('kube-controller-manager'), run('kube-scheduler')]);
  // Where the controllers are not at work yet, pods are refused for want of a ServiceAccount.
  const serviceAccount = '/api/v1/namespaces/default/serviceaccounts/default';
  await until('the controllers are at work', READY_DEADLINE_MS, () => absence(client, serviceAccount));
  return {
    url,
    kubeconfig: credentials.kubeconfigs.admin,
    credentials,
    commands,
    processes: {
      etcd,
      'kube-apiserver': apiServer,
      'kube-controller-manager': controllerManager,
      'kube-scheduler': scheduler,
    },
  };
}

export async function untilApiServerIsReady(client: KubernetesClient): Promise<void> {
  await until('kube-apiserver is ready', READY_DEADLINE_MS, () => absence(client, '/api/v1/namespaces/kube-system'));
}

/** Undefined for an answer in the 200s, else what came instead. */
async function refusal(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return response.ok ? undefined : `${response.status} ${await response.text()}`;
  } catch (err) {
    return String((err as Error).cause ?? err);
  }
}

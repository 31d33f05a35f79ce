import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '#lab/control-plane/kubernetes/control-plane.ts';
import type { Programs } from '#lab/control-plane/kubernetes/programs.ts';
import { createKubernetesClient, type KubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';
import { type ChildProcess, startChild } from './child-process.ts';

/** Deleting thousands of pods is one request. */
const API_TIMEOUT_MS = 120_000;

export interface ApiServer {
  client: KubernetesClient;
  kubeconfig: string;
  /** For files of this API server's life; gone when it stops, or the process ends. */
  folder: string;
  stop(): Promise<void>;
}

/** A real etcd and kube-apiserver, and nothing else that would use the machine while a scheduler is measured. */
export async function startApiServer(programs: Programs): Promise<ApiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'netaware-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const children: ChildProcess[] = [];
  // The API server goes before the etcd that it writes to.
  const stop = async () => {
    for (const child of children.toReversed()) await child.stop();
    rmSync(folder, { recursive: true });
  };
  try {
    const { kubeconfig, processes } = await startControlPlane({
      folder,
      host: ownAddress(),
      programs,
      start: async (_name, { command, args }) => {
        const child = startChild(command, args);
        children.push(child);
        return child;
      },
    });
    // What the controllers are for, the default ServiceAccount, is there now.
    await Promise.all([processes['kube-controller-manager'].stop(), processes['kube-scheduler'].stop()]);
    const client = createKubernetesClient(loadKubeConfig(kubeconfig), { timeoutMs: API_TIMEOUT_MS });
    return { client, kubeconfig, folder, stop };
  } catch (err) {
    await stop();
    throw err;
  }
}

/** An address of the loopback interface for this process alone: all of 127/8 is the machine itself. */
function ownAddress(): string {
  return `127.64.${Math.floor(process.pid / 250) % 250}.${(process.pid % 250) + 1}`;
}

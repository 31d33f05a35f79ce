import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PooledKubeConfig } from '#runtime/kubernetes/pooled-kube-config.ts';

const NAME = 'netaware-lab';

/**
 * How to reach the lab's API server, which asks nobody who he is. The client library speaks plain HTTP only where TLS is
 * declared not to matter.
 */
export function labKubeConfig(server: string): PooledKubeConfig {
  const kubeConfig = new PooledKubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [{ name: NAME, server, skipTLSVerify: true }],
    users: [{ name: NAME }],
    contexts: [{ name: NAME, cluster: NAME, user: NAME }],
    currentContext: NAME,
  });
  return kubeConfig;
}

/** Writes the same as a file for kubectl and the services; returns its path. */
export async function writeKubeconfig(folder: string, server: string): Promise<string> {
  const path = join(folder, 'kubeconfig');
  await writeFile(path, labKubeConfig(server).exportConfig());
  return path;
}

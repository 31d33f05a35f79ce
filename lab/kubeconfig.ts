import { writeFile } from 'node:fs/promises';
import { PooledKubeConfig } from '#runtime/kubernetes/pooled-kube-config.ts';

const NAME = 'netaware-lab';

/** How to reach an API server: the embedded one asks nobody who he is and speaks plain HTTP. */
export interface ApiServerAccess {
  server: string;
  caFile?: string;
  token?: string;
}

/** The client library speaks plain HTTP only where TLS is declared not to matter. */
export function labKubeConfig({ server, caFile, token }: ApiServerAccess): PooledKubeConfig {
  const kubeConfig = new PooledKubeConfig();
  const trust = caFile === undefined ? { skipTLSVerify: true } : { skipTLSVerify: false, caFile };
  kubeConfig.loadFromOptions({
    clusters: [{ name: NAME, server, ...trust }],
    users: [{ name: NAME, ...(token === undefined ? {} : { token }) }],
    contexts: [{ name: NAME, cluster: NAME, user: NAME }],
    currentContext: NAME,
  });
  return kubeConfig;
}

/** Writes the same as a file for kubectl and the services; its owner alone can read it where it carries a token. */
export async function writeKubeconfig(path: string, access: ApiServerAccess): Promise<void> {
  const mode = access.token === undefined ? 0o644 : 0o600;
  await writeFile(path, labKubeConfig(access).exportConfig(), { mode });
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateAuthority, type KeyPairFiles, makeCertificateAuthority } from '#test/certificates.ts';
import type { Cluster } from '#test/cluster/cluster.ts';
import type { Installation } from '#test/cluster/installation.ts';
import { requestToken } from '#test/cluster/tokens.ts';
import { makeSecretVolume, type SecretVolume } from '#test/secret-volume.ts';

const AUDIENCE = 'netaware-aggregator';
/** The common name that the extender demands; the others say which generation is served. */
const CLIENT_NAME = 'netaware-scheduler';

/** The files that the production overlay mounts, as the kubelet lays them out. */
export interface ProductionFiles {
  /** Of the CA that signed all certificates. */
  caFile: string;
  /** kube-scheduler's. */
  client: KeyPairFiles;
  /** A certificate for a client of this name. */
  issueClient(name: string): KeyPairFiles;
  /** Gives all programs new certificates, whose common names are PROGRAM-GENERATION, and new tokens. */
  rotate(generation: number): Promise<void>;
}

/** Lays out the files of aggregator, scheduler and the agents of these nodes. */
export async function layOutFiles(
  cluster: Cluster,
  installation: Installation,
  nodes: readonly string[],
): Promise<ProductionFiles> {
  const ca = makeCertificateAuthority(join(cluster.folder, 'ca'), 'netaware-ca');
  const volumes = new Map<string, SecretVolume>();

  function write(path: string, files: Record<string, string>): void {
    const volume = volumes.get(path);
    if (volume === undefined) volumes.set(path, makeSecretVolume(path, files));
    else volume.swap(files);
  }

  async function rotate(generation: number): Promise<void> {
    const { host, client } = cluster;
    const serving = (program: string) =>
      secretOf(ca, {
        name: `${program}-${generation}`,
        dnsNames: [`netaware-${program}`],
        ipAddresses: [host],
        usage: 'serverAuth' as const,
      });
    write(installation.mount('aggregator', 'tls'), serving('aggregator'));
    write(installation.mount('scheduler', 'tls/server'), serving('extender'));
    write(installation.mount('scheduler', 'tls/client'), secretOf(ca, { name: CLIENT_NAME, usage: 'clientAuth' }));
    const projected = async (component: 'agent' | 'scheduler', node?: string) => {
      const { metadata } = await installation.pod(component, node);
      const token = await requestToken(client, `netaware-${component}`, { pod: metadata.name, audience: AUDIENCE });
      return { 'ca.crt': readFileSync(ca.certFile, 'utf8'), token };
    };
    write(installation.mount('scheduler', 'aggregator'), await projected('scheduler'));
    for (const node of nodes) {
      write(installation.mount(`agent-${node}`, 'aggregator'), await projected('agent', node));
    }
  }

  await rotate(1);
  const clientFolder = installation.mount('scheduler', 'tls/client');
  return {
    caFile: ca.certFile,
    client: { certFile: join(clientFolder, 'tls.crt'), keyFile: join(clientFolder, 'tls.key') },
    issueClient: (name) => ca.issue({ name, usage: 'clientAuth' }),
    rotate,
  };
}

/** The content of a Secret of the type kubernetes.io/tls. */
function secretOf(
  ca: CertificateAuthority,
  options: Parameters<CertificateAuthority['issue']>[0],
): Record<string, string> {
  const { certFile, keyFile } = ca.issue(options);
  const read = (path: string) => readFileSync(path, 'utf8');
  return { 'tls.crt': read(certFile), 'tls.key': read(keyFile), 'ca.crt': read(ca.certFile) };
}

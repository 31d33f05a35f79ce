import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeKubeconfig } from '#lab/kubeconfig.ts';

/** Who may do what, by static tokens: the rights of the `system:` users are Kubernetes' own. */
export const USERS = {
  admin: 'system:masters',
  'system:kube-controller-manager': '',
  'system:kube-scheduler': '',
} as const;
export type User = keyof typeof USERS;

export interface Credentials {
  /** The API server makes its own certificate here, and the others trust it. */
  certificates: string;
  certificateAuthority: string;
  tokenFile: string;
  serviceAccountKey: string;
  serviceAccountPublicKey: string;
  kubeconfigs: Record<User, string>;
}

/** Keys, tokens and kubeconfigs below `folder`, made where they are not there yet. */
export async function writeCredentials(folder: string, server: string): Promise<Credentials> {
  const certificates = join(folder, 'certificates');
  const credentials: Credentials = {
    certificates,
    certificateAuthority: join(certificates, 'apiserver.crt'),
    tokenFile: join(folder, 'tokens.csv'),
    serviceAccountKey: join(folder, 'service-account.key'),
    serviceAccountPublicKey: join(folder, 'service-account.pub'),
    kubeconfigs: {
      admin: join(folder, 'kubeconfig'),
      'system:kube-controller-manager': join(folder, 'controller-manager.kubeconfig'),
      'system:kube-scheduler': join(folder, 'scheduler.kubeconfig'),
    },
  };
  await mkdir(certificates, { recursive: true });
  if (existsSync(credentials.serviceAccountKey)) return credentials;
  const tokens = Object.keys(USERS).map((user) => [user as User, randomBytes(24).toString('hex')] as const);
  await writeFile(
    credentials.tokenFile,
    tokens.map(([user, token]) => `${token},${user},${user},"${USERS[user]}"\n`).join(''),
    { mode: 0o600 },
  );
  for (const [user, token] of tokens) {
    const access = { server, caFile: credentials.certificateAuthority, token };
    await writeKubeconfig(credentials.kubeconfigs[user], access);
  }
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(credentials.serviceAccountPublicKey, publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(credentials.serviceAccountKey, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return credentials;
}

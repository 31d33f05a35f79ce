import { z } from 'zod';
import type { ServingFiles } from '#runtime/tls/serving-files.ts';

/** Settings of a service that can serve TLS, for its schema; to be refined by `isWholeKeyPair`. */
export const SERVING_SETTINGS = { tlsCertFile: z.string().optional(), tlsPrivateKeyFile: z.string().optional() };

export const SERVING_VARIABLES = {
  tlsCertFile: 'NETAWARE_TLS_CERT_FILE',
  tlsPrivateKeyFile: 'NETAWARE_TLS_PRIVATE_KEY_FILE',
};

interface ServingSettings {
  tlsCertFile?: string | undefined;
  tlsPrivateKeyFile?: string | undefined;
  clientCaFile?: string | undefined;
}

export function isWholeKeyPair({ tlsCertFile, tlsPrivateKeyFile }: ServingSettings): boolean {
  return (tlsCertFile === undefined) === (tlsPrivateKeyFile === undefined);
}

export const KEY_PAIR_PROBLEM = {
  path: ['tlsPrivateKeyFile'],
  error: 'give both --tls-cert-file and --tls-private-key-file, or neither',
};

/** Undefined where TLS is not to be served. */
export function servingFiles({
  tlsCertFile,
  tlsPrivateKeyFile,
  clientCaFile,
}: ServingSettings): ServingFiles | undefined {
  if (tlsCertFile === undefined || tlsPrivateKeyFile === undefined) return undefined;
  return { certFile: tlsCertFile, keyFile: tlsPrivateKeyFile, clientCaFile };
}

import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { AppError } from '#core/errors.ts';
import { readTextFile } from '#runtime/text-file.ts';
import { parseCertificates } from '#runtime/tls/certificates.ts';

/** What a service needs to serve TLS; `clientCaFile` where clients may or must show a certificate signed by it. */
export interface ServingFiles {
  certFile: string;
  keyFile: string;
  clientCaFile?: string | undefined;
}

export interface ServingCredentials {
  secureContext: SecureContextOptions;
  /** When the certificate ends, in milliseconds since 1970. */
  notAfterMs: number;
}

/**
 * The files as they are now. Throws AppError with one line where one cannot be read, the key is not the certificate's (as
 * in a pair that is half written) or the certificate is not valid at `nowMs`.
 */
export function readServingFiles({ certFile, keyFile, clientCaFile }: ServingFiles, nowMs: number): ServingCredentials {
  const cert = readTextFile(certFile);
  const key = readTextFile(keyFile);
  const [certificate] = parseCertificates(cert, certFile);
  if (!certificate.checkPrivateKey(parseKey(key, keyFile))) {
    throw new AppError('INVALID_INPUT', `${keyFile}: not the private key of the certificate in ${certFile}`);
  }
  demandValidity(certificate, certFile, nowMs);
  const ca = clientCaFile === undefined ? undefined : readTextFile(clientCaFile);
  if (ca !== undefined) parseCertificates(ca, clientCaFile ?? '');
  return {
    secureContext: { cert, key, ...(ca === undefined ? {} : { ca }) },
    notAfterMs: certificate.validToDate.getTime(),
  };
}

function parseKey(pem: string, source: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new AppError('INVALID_INPUT', `${source}: no private key (PEM, without a passphrase) in it`, { cause });
  }
}

function demandValidity({ validFromDate, validToDate }: X509Certificate, source: string, nowMs: number): void {
  if (nowMs > validToDate.getTime()) {
    throw new AppError('INVALID_INPUT', `${source}: expired at ${validToDate.toISOString()}`);
  }
  if (nowMs < validFromDate.getTime()) {
    throw new AppError('INVALID_INPUT', `${source}: not valid before ${validFromDate.toISOString()}`);
  }
}

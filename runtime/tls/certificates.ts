import { X509Certificate } from 'node:crypto';
import { AppError } from '#core/errors.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates in a PEM file's text, at least one; `source` names the file in the error. To be called before any `ca`
 * is handed to Node, which takes a text without certificates for none and then trusts every public CA.
 */
export function parseCertificates(pem: string, source: string): [X509Certificate, ...X509Certificate[]] {
  const [first, ...rest] = (pem.match(BLOCK) ?? []).map((block) => parse(block, source));
  if (first === undefined) throw new AppError('INVALID_INPUT', `${source}: no certificate (PEM) in it`);
  return [first, ...rest];
}

function parse(block: string, source: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw new AppError('INVALID_INPUT', `${source}: a certificate in it cannot be read`, { cause });
  }
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KeyPairFiles {
  certFile: string;
  keyFile: string;
}

export interface IssueOptions {
  /** The common name, and the name of the files. */
  name: string;
  /** Kubernetes reads it as a group. */
  organization?: string;
  dnsNames?: readonly string[];
  ipAddresses?: readonly string[];
  usage?: 'serverAuth' | 'clientAuth';
  /** Negative: it has expired. */
  days?: number;
}

export interface CertificateAuthority {
  certFile: string;
  keyFile: string;
  /** A key pair signed by this CA, in files of the CA's folder; for servers and clients where no usage is given. */
  issue(options: IssueOptions): KeyPairFiles;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A CA of its own in `folder`, which is made where it is missing. */
export function makeCertificateAuthority(folder: string, name = 'test-ca'): CertificateAuthority {
  mkdirSync(folder, { recursive: true });
  const file = (suffix: string) => join(folder, suffix);
  const ca = { certFile: file('ca.crt'), keyFile: file('ca.key') };
  openssl('req', '-x509', ...KEY, '-days', '2', '-subj', `/CN=${name}`, '-keyout', ca.keyFile, '-out', ca.certFile);
  return {
    ...ca,
    issue(options) {
      const stem = options.name.replaceAll(/[^\w.-]/g, '-');
      const [keyFile, request, extensions] = [file(`${stem}.key`), file(`${stem}.csr`), file(`${stem}.ext`)];
      const certFile = file(`${stem}.crt`);
      const subject = `${options.organization === undefined ? '' : `/O=${options.organization}`}/CN=${options.name}`;
      openssl('req', ...KEY, '-subj', subject, '-keyout', keyFile, '-out', request);
      writeFileSync(extensions, extensionsOf(options));
      const signer = ['-CA', ca.certFile, '-CAkey', ca.keyFile, '-CAcreateserial', '-days', String(options.days ?? 1)];
      openssl('x509', '-req', '-in', request, ...signer, '-extfile', extensions, '-out', certFile);
      return { certFile, keyFile };
    },
  };
}

function extensionsOf({ dnsNames = [], ipAddresses = [], usage }: IssueOptions): string {
  const names = [...dnsNames.map((name) => `DNS:${name}`), ...ipAddresses.map((address) => `IP:${address}`)];
  return [
    'basicConstraints=critical,CA:FALSE',
    `extendedKeyUsage=${usage ?? 'serverAuth,clientAuth'}`,
    ...(names.length === 0 ? [] : [`subjectAltName=${names.join(',')}`]),
    '',
  ].join('\n');
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

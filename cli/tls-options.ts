import type { Command } from 'commander';
import { AppError } from '#core/errors.ts';
import { readTextFile } from '#runtime/text-file.ts';

/** As kubectl names them. */
export interface TlsOptions {
  certificateAuthority?: string;
  clientCertificate?: string;
  clientKey?: string;
  tlsServerName?: string;
}

/** What a TLS connection is made with; empty where nothing is given. */
export interface TlsCredentials {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
}

/** Options for services that serve TLS, and for those that demand a client certificate. */
export function addTlsOptions(command: Command): Command {
  return command
    .option('--certificate-authority <file>', "certificates (PEM) of who signed the service's")
    .option('--client-certificate <file>', 'certificate (PEM) to show to the service')
    .option('--client-key <file>', 'its private key (PEM)')
    .option(
      '--tls-server-name <name>',
      "the name in the service's certificate, where the address is another: behind a port-forward",
    );
}

/** Reads the files. Throws AppError NOT_FOUND where one cannot be read, INVALID_INPUT for a certificate without its key. */
export function tlsCredentials(options: TlsOptions): TlsCredentials {
  const { certificateAuthority, clientCertificate, clientKey, tlsServerName } = options;
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    throw new AppError('INVALID_INPUT', '--client-certificate and --client-key: give both or neither');
  }
  return {
    ...(certificateAuthority === undefined ? {} : { ca: readTextFile(certificateAuthority) }),
    ...(clientCertificate === undefined ? {} : { cert: readTextFile(clientCertificate) }),
    ...(clientKey === undefined ? {} : { key: readTextFile(clientKey) }),
    ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
  };
}

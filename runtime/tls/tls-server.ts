import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Logger } from '#runtime/logger.ts';
import { readServingFiles, type ServingCredentials, type ServingFiles } from '#runtime/tls/serving-files.ts';
import { watchFiles } from '#runtime/watched-files.ts';

/** A client that connects and says nothing must not hold a socket for Node's two minutes. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * An HTTPS server that takes up new files without a restart, for connections made from then on; where they are bad it goes
 * on with the last good ones. Clients are asked for a certificate where there is a CA for it, and let in without: the
 * kubelet's probes have none. Throws AppError where the files are bad now.
 */
export function createTlsServer(
  handle: RequestListener,
  options: { files: ServingFiles; logger: Logger; registry: Registry },
): Server {
  const { files, logger, registry } = options;
  let current = readServingFiles(files, Date.now());
  const failures = exposeCertificate(registry, () => current);
  const server = createServer(
    {
      ...current.secureContext,
      requestCert: files.clientCaFile !== undefined,
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    },
    handle,
  );

  function reload(): void {
    try {
      const next = readServingFiles(files, Date.now());
      if (isDeepStrictEqual(next, current)) return;
      server.setSecureContext(next.secureContext);
      current = next;
      logger.info({ notAfter: new Date(next.notAfterMs).toISOString() }, 'serves a new certificate');
    } catch (err) {
      failures.inc();
      logger.error({ reason: (err as Error).message }, 'new certificate is bad, goes on with the last good one');
    }
  }
  const paths = [files.certFile, files.keyFile, ...(files.clientCaFile === undefined ? [] : [files.clientCaFile])];
  server.on('listening', () => {
    const watched = watchFiles(paths, logger, reload);
    server.on('close', () => watched.stop());
  });
  return server;
}

function exposeCertificate(registry: Registry, current: () => ServingCredentials): Counter {
  new Gauge({
    name: 'netaware_tls_certificate_not_after_seconds',
    help: 'When the certificate that is served ends, in seconds since 1970.',
    registers: [registry],
    collect() {
      this.set(current().notAfterMs / 1000);
    },
  });
  return new Counter({
    name: 'netaware_tls_reload_failures_total',
    help: 'Times that the TLS files were looked at and were bad: the last good ones are served. Counts on each minute.',
    registers: [registry],
  });
}

import { TLSSocket } from 'node:tls';
import type { RequestHandler } from 'express';
import { Counter, type Registry } from 'prom-client';
import { AppError } from '#core/errors.ts';
import type { Logger } from '#runtime/logger.ts';
import { pacedWarning } from '#runtime/paced-warning.ts';

type Refusal = { reason: 'noCertificate' | 'notTrusted' | 'otherName'; message: string };

/**
 * Lets a request pass whose client has shown a certificate that the server's client CA signed, of this common name where
 * one is given. Any other is answered 403 with the reason, counted and logged.
 */
export function demandClientCertificate(options: {
  clientName: string | undefined;
  logger: Logger;
  registry: Registry;
}): RequestHandler {
  const { clientName, logger, registry } = options;
  const refused = new Counter({
    name: 'netaware_tls_refused_clients_total',
    help: 'Requests refused because of the client certificate.',
    labelNames: ['reason'],
    registers: [registry],
  });
  const warn = pacedWarning(logger, 'refused a client');
  /** Connections whose certificate was accepted: it stays the same. */
  const accepted = new WeakSet<object>();
  return ({ socket, url }, _response, next) => {
    if (accepted.has(socket)) return next();
    const refusal = refusalOf(socket, clientName);
    if (refusal === undefined) {
      accepted.add(socket);
      return next();
    }
    refused.inc({ reason: refusal.reason });
    warn(refusal.reason, { err: refusal.message, path: url, client: socket.remoteAddress });
    throw new AppError('FORBIDDEN', refusal.message);
  };
}

function refusalOf(socket: unknown, clientName: string | undefined): Refusal | undefined {
  const certificate = socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined;
  // Without a certificate Node gives an object without fields.
  if (!(socket instanceof TLSSocket) || certificate?.subject === undefined) {
    return { reason: 'noCertificate', message: 'a client certificate is wanted, and none was shown' };
  }
  if (!socket.authorized) {
    const why = socket.authorizationError;
    return { reason: 'notTrusted', message: `the client certificate is not accepted: ${why?.message ?? why}` };
  }
  const found = certificate.subject.CN;
  if (clientName === undefined || found === clientName) return undefined;
  return { reason: 'otherName', message: `the client certificate is for "${found}", wanted "${clientName}"` };
}

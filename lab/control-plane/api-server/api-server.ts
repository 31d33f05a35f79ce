import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toCustomResourceDefinition } from '#core/api/custom-resource-definition.ts';
import { CUSTOM_RESOURCES } from '#core/api/custom-resources.ts';
import { AppError } from '#core/errors.ts';
import { expireEvents } from '#lab/control-plane/api-server/expire-events.ts';
import { handleRequest } from '#lab/control-plane/api-server/http/handle-request.ts';
import { ResourceTypes } from '#lab/control-plane/api-server/resource-types.ts';
import { DEFINITIONS, NAMESPACES } from '#lab/control-plane/api-server/resources/built-in-types.ts';
import { ObjectStore } from '#lab/control-plane/api-server/store/object-store.ts';
import { createObject } from '#lab/control-plane/api-server/writes/create.ts';
import type { WriteContext } from '#lab/control-plane/api-server/writes/write-context.ts';
import type { Logger } from '#runtime/logger.ts';

export interface ApiServer {
  url: string;
  port: number;
  /** Ends every connection, watches too. */
  close(): Promise<void>;
}

/** Go's HTTP client keeps idle connections for 90 s. */
const KEEP_ALIVE_MS = 120_000;
const EXPIRE_EVENTS_INTERVAL_MS = 60_000;

/**
 * Kubernetes' API in memory, for the lab: core, leases, endpoint slices, custom resources; netaware's own definitions are
 * installed. No authentication: it listens where only the lab reaches it. Port 0 picks a free one.
 */
export async function startApiServer(options: { host: string; port: number; logger: Logger }): Promise<ApiServer> {
  const { host, logger } = options;
  // Microseconds: beyond all that an earlier server gave out, so that a watch of its time is told to list again.
  const store = new ObjectStore(Date.now() * 1000);
  const types = new ResourceTypes(store);
  install({
    store,
    types,
    fieldManager: 'api-server',
    dryRun: false,
    validation: { mode: 'Strict', warnings: [] },
    now: new Date(),
  });
  const server = createServer((request, response) => {
    void handleRequest({ store, types, logger }, request, response);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  const port = await listen(server, host, options.port);
  const expiry = setInterval(() => expireEvents(store, new Date()), EXPIRE_EVENTS_INTERVAL_MS);
  logger.info({ host, port }, 'API server listens');
  return {
    url: `http://${host}:${port}`,
    port,
    close: () => {
      clearInterval(expiry);
      return close(server);
    },
  };
}

function install(context: WriteContext): void {
  for (const name of ['default', 'kube-system']) createObject(context, NAMESPACES, undefined, { metadata: { name } });
  for (const resource of CUSTOM_RESOURCES) {
    createObject(context, DEFINITIONS, undefined, toCustomResourceDefinition(resource));
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new AppError('UNAVAILABLE', `cannot listen on ${host}:${port}: ${cause.message}`, { cause })),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

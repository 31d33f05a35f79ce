import { createServer, type RequestListener, type Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { Registry } from 'prom-client';
import { AppError } from '#core/errors.ts';
import { answerError, sendError } from '#runtime/http-answers.ts';
import { answerPost, type PostHandler } from '#runtime/json-post.ts';
import type { Logger } from '#runtime/logger.ts';
import type { ServingFiles } from '#runtime/tls/serving-files.ts';
import { createTlsServer } from '#runtime/tls/tls-server.ts';

/** Go's HTTP client keeps idle connections for 90 s: a server that closes earlier makes its calls fail at random. */
const KEEP_ALIVE_MS = 120_000;

/** A request that is not there as a whole after this time is cut off, however slowly it still comes. */
const REQUEST_MS = 30_000;

export interface HttpApp {
  app: Express;
  /**
   * Answers POSTs of JSON to exactly this path without express, which takes more CPU time than most answers: behind the same
   * guard, with the same limit and the same answers to errors. Bodies may not be compressed.
   */
  post(path: string, handler: PostHandler): void;
  /**
   * Adds the 404 and error answers behind all routes and starts to listen, by TLS where there are files for it. Port 0
   * picks a free one. Throws AppError where the files are bad or the port is taken.
   */
  listen(host: string, port: number, tls?: ServingFiles): Promise<HttpServer>;
}

export interface HttpServer {
  host: string;
  port: number;
  /** Ends idle connections at once and waits at most `graceMs` for those with a request under way. */
  close(graceMs?: number): Promise<void>;
}

/**
 * An express app with JSON bodies, `/livez`, `/readyz` and `/metrics`; `notReady` gives the reason, or undefined when ready.
 * Everything else must pass `guard`, before its body is read.
 */
export function createHttpApp(options: {
  logger: Logger;
  registry: Registry;
  notReady: () => string | undefined;
  bodyLimitBytes: number;
  guard?: RequestHandler;
}): HttpApp {
  const app = express();
  const posts = new Map<string, PostHandler>();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/livez', (_request, response) => void response.type('text').send('ok'));
  app.get('/readyz', (_request, response) => {
    const reason = options.notReady();
    response
      .status(reason === undefined ? 200 : 503)
      .type('text')
      .send(reason ?? 'ok');
  });
  app.get('/metrics', async (_request, response) => {
    response.type(options.registry.contentType).send(await options.registry.metrics());
  });
  if (options.guard !== undefined) app.use(options.guard);
  app.use(express.json({ limit: options.bodyLimitBytes, type: () => true }));

  const handle: RequestListener = (request, response) => {
    const post = request.method === 'POST' ? posts.get(request.url ?? '') : undefined;
    if (post === undefined) app(request, response);
    else answerPost(post, request, response, options);
  };

  return {
    app,
    post: (path, handler) => void posts.set(path, handler),
    listen: async (host, port, tls) => {
      const server = tls === undefined ? createServer(handle) : createTlsServer(handle, { files: tls, ...options });
      app.use((request, response) => sendError(response, 404, `no such path: ${request.method} ${request.path}`));
      app.use(errorHandler(options.logger));
      return listen(server, host, port);
    },
  };
}

function errorHandler(logger: Logger): ErrorRequestHandler {
  return (err: unknown, request: Request, response: Response, next) => {
    if (response.headersSent) next(err);
    else answerError(err, request, response, logger);
  };
}

function listen(server: Server | TlsServer, host: string, port: number): Promise<HttpServer> {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  server.requestTimeout = REQUEST_MS;
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new AppError('UNAVAILABLE', `cannot listen on ${host}:${port}: ${cause.message}`, { cause })),
    );
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      resolve({ host, port: address.port, close: (graceMs = 500) => close(server, graceMs) });
    });
  });
}

function close(server: Server | TlsServer, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

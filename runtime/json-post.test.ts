import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { RequestHandler } from 'express';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '#core/errors.ts';
import { createHttpApp, type HttpServer } from '#runtime/http-server.ts';
import type { PostHandler } from '#runtime/json-post.ts';
import { createLogger } from '#runtime/logger.ts';

const LIMIT_BYTES = 1000;
let server: HttpServer | undefined;
let port: number;

afterEach(async () => {
  await server?.close();
});

async function serve(handler: PostHandler, guard?: RequestHandler): Promise<void> {
  const http = createHttpApp({
    logger: createLogger('test', 'silent'),
    registry: new Registry(),
    notReady: () => undefined,
    bodyLimitBytes: LIMIT_BYTES,
    ...(guard === undefined ? {} : { guard }),
  });
  http.post('/echo', handler);
  server = await http.listen('127.0.0.1', 0);
  port = server.port;
}

const echo: PostHandler = () => (body) => ({ body });

interface Sent {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  /** More than one are sent in chunks, without a length beforehand. */
  pieces?: (string | Buffer)[];
}

function send({ path = '/echo', method = 'POST', headers = {}, pieces = [] }: Sent) {
  return new Promise<{ status?: number | undefined; body: unknown }>((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
      const chunks = await response.toArray();
      resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) });
    });
    request.on('error', reject);
    for (const piece of pieces.slice(0, -1)) request.write(piece);
    request.end(pieces.at(-1));
  });
}

describe('a POST that is answered without express', () => {
  it.each([
    ['a body in one piece', { pieces: ['{"a":"ü"}'] }, 200, { body: { a: 'ü' } }],
    ['a body in pieces', { pieces: ['{"a":', '[1,', '2]}'] }, 200, { body: { a: [1, 2] } }],
    ['a body that is not JSON', { pieces: ['{"a":'] }, 400, { error: expect.stringMatching(/^body: .*JSON/) }],
    ['no body', {}, 400, { error: expect.stringMatching(/^body: .*JSON/) }],
    ['a body that is too large', { pieces: ['x'.repeat(1001)] }, 413, { error: 'body: request entity too large' }],
    [
      'a body that turns out to be too large',
      { pieces: ['x'.repeat(600), 'x'.repeat(600), 'x'] },
      413,
      { error: 'body: request entity too large' },
    ],
    [
      'a compressed body',
      { headers: { 'content-encoding': 'gzip' }, pieces: [gzipSync('{}')] },
      415,
      { error: 'body: unsupported content encoding "gzip"' },
    ],
    ['another method', { method: 'PUT', pieces: ['{}'] }, 404, { error: 'no such path: PUT /echo' }],
    ['another path', { path: '/echo/more', pieces: ['{}'] }, 404, { error: 'no such path: POST /echo/more' }],
  ])('with %s', async (_what, sent, status, body) => {
    await serve(echo);
    expect(await send(sent)).toEqual({ status, body });
    // The connection is as good as before.
    expect(await send({ pieces: ['1'] })).toEqual({ status: 200, body: { body: 1 } });
  });

  it.each([
    ['what the request is to blame for', new AppError('INVALID_INPUT', 'no pod'), 400, 'no pod'],
    ['a fault of its own', new Error('secret'), 500, 'internal error'],
  ])('says %s', async (_what, err, status, error) => {
    await serve(() => () => {
      throw err;
    });
    expect(await send({ pieces: ['{}'] })).toEqual({ status, body: { error } });
  });

  it.each<[string, RequestHandler]>([
    [
      'throws',
      () => {
        throw new AppError('UNAUTHENTICATED', 'who are you');
      },
    ],
    ['passes an error on', (_request, _response, next) => next(new AppError('UNAUTHENTICATED', 'who are you'))],
    [
      'does so later',
      (_request, _response, next) => void setImmediate(() => next(new AppError('UNAUTHENTICATED', 'who are you'))),
    ],
  ])('is refused by a guard that %s, unread', async (_what, guard) => {
    const answer = vi.fn();
    await serve(() => answer, guard);
    expect(await send({ pieces: ['{}'] })).toEqual({ status: 401, body: { error: 'who are you' } });
    expect(answer).not.toHaveBeenCalled();
  });

  it('waits for a guard that lets it pass later', async () => {
    await serve(echo, (_request, _response, next) => void setImmediate(next));
    expect(await send({ pieces: ['{"a":', '1}'] })).toEqual({ status: 200, body: { body: { a: 1 } } });
  });

  it('is not answered where the client goes away before its end', async () => {
    const answer = vi.fn();
    const closed = Promise.withResolvers<void>();
    await serve((_request, response) => {
      response.once('close', () => closed.resolve());
      return answer;
    });
    const request = httpRequest({ host: '127.0.0.1', port, path: '/echo', method: 'POST' }).on('error', () => {});
    request.write('{"a":', () => request.destroy());
    await closed.promise;
    expect(answer).not.toHaveBeenCalled();
  });
});

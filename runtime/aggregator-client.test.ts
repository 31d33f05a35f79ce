import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createAggregatorClient } from '#runtime/aggregator-client.ts';

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

describe('aggregator client', () => {
  it('posts JSON and returns the JSON of the answer', async () => {
    const url = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (body) => response.end(`{"path":"${request.url}","body":${body}}`));
    });
    const answer = await ask(`${url}/`, { body: { node: 'a' } });
    expect(answer).toEqual({ outcome: 'answered', body: { path: '/v1/reports', body: { node: 'a' } } });
  });

  it.each([
    { status: 400, body: '{"error":"measurements: wrong"}', outcome: 'rejected', reason: '400: measurements: wrong' },
    { status: 404, body: 'nothing here', outcome: 'rejected', reason: '404: nothing here' },
    { status: 401, body: '{"error":"no token"}', outcome: 'unavailable', reason: '401: no token' },
    { status: 403, body: '{"error":"not yours"}', outcome: 'unavailable', reason: '403: not yours' },
    { status: 429, body: '{"error":"slow down"}', outcome: 'unavailable', reason: '429: slow down' },
    { status: 408, body: '', outcome: 'unavailable', reason: '408: ' },
    { status: 503, body: '{"error":"starting"}', outcome: 'unavailable', reason: '503: starting' },
  ])('takes $status for $outcome', async ({ status, body, outcome, reason }) => {
    const url = await serve((_request, response) => void response.writeHead(status).end(body));
    expect(await ask(url)).toEqual({ outcome, reason });
  });

  it('takes an answer that is not JSON for unavailable', async () => {
    const url = await serve((_request, response) => void response.end('<html>'));
    expect(await ask(url)).toMatchObject({ outcome: 'unavailable' });
  });

  it('gives up after the timeout', async () => {
    const url = await serve(() => undefined);
    expect(await ask(url, { timeoutMs: 50 })).toEqual({
      outcome: 'unavailable',
      reason: 'The operation was aborted due to timeout',
    });
  });

  it('says why nobody answers', async () => {
    const url = await serve(() => undefined);
    server?.close();
    expect(await ask(url)).toMatchObject({ outcome: 'unavailable', reason: expect.stringContaining('ECONNREFUSED') });
  });
});

function ask(url: string, request: { body?: unknown; timeoutMs?: number } = {}) {
  const client = createAggregatorClient({ baseUrl: url });
  return client({ path: '/v1/reports', timeoutMs: 5000, signal: new AbortController().signal, ...request });
}

function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const listening = createServer(handler);
  server = listening;
  return new Promise((resolve) => {
    listening.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`));
  });
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type AggregatorClientOptions, createAggregatorClient } from '#runtime/aggregator-client.ts';
import { makeCertificateAuthority } from '#test/certificates.ts';
import { makeSecretVolume } from '#test/secret-volume.ts';

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

describe('aggregator client, with files of a volume', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netaware-client-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const ca = makeCertificateAuthority(join(folder, 'ca'));
  const otherCa = makeCertificateAuthority(join(folder, 'other-ca'));
  const pair = ca.issue({ name: 'aggregator', ipAddresses: ['127.0.0.1'] });
  const tls = { cert: readFileSync(pair.certFile), key: readFileSync(pair.keyFile) };
  const makeVolume = (content: string) => makeSecretVolume(mkdtempSync(join(folder, 'volume-')), { file: content });

  it("trusts its own CA, from the request on after the file's change", async () => {
    const caFile = makeVolume(readFileSync(otherCa.certFile, 'utf8'));
    const url = await serve((_request, response) => void response.end('1'), tls);
    const send = createSender({ baseUrl: url, caFile: caFile.path('file') });
    expect(await send()).toEqual({ outcome: 'unavailable', reason: expect.stringMatching(/self-signed|unable to/) });
    caFile.swap({ file: readFileSync(ca.certFile, 'utf8') });
    expect(await send()).toEqual({ outcome: 'answered', body: 1 });
    caFile.swap({ file: 'half' });
    expect(await send()).toEqual({ outcome: 'unavailable', reason: expect.stringMatching(/no certificate/) });
    caFile.swap({ file: readFileSync(ca.certFile, 'utf8') });
    expect(await send()).toEqual({ outcome: 'answered', body: 1 });
  });

  it('trusts no certificate for another name', async () => {
    const url = await serve((_request, response) => void response.end('1'), tls);
    const send = createSender({ baseUrl: url.replace('127.0.0.1', 'localhost'), caFile: ca.certFile });
    expect(await send()).toEqual({ outcome: 'unavailable', reason: expect.stringMatching(/does not match/) });
  });

  it('keeps its connection', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('1');
    }, tls);
    const send = createSender({ baseUrl: url, caFile: ca.certFile });
    for (let count = 0; count < 3; count += 1) await send();
    expect(ports.size).toBe(1);
  });

  it('shows the token that is in the file now', async () => {
    const token = makeVolume('old-token\n');
    const url = await serve((request, response) => void response.end(JSON.stringify(request.headers.authorization)));
    const send = createSender({ baseUrl: url, tokenFile: token.path('file') });
    expect(await send()).toEqual({ outcome: 'answered', body: 'Bearer old-token' });
    token.swap({ file: 'new-token' });
    expect(await send()).toEqual({ outcome: 'answered', body: 'Bearer new-token' });
  });

  it('refuses to start with files that cannot do', () => {
    const none = join(folder, 'none');
    writeFileSync(join(folder, 'empty'), '');
    expect(() => createSender({ baseUrl: 'https://x', caFile: none })).toThrow(/none: cannot be read \(ENOENT\)$/);
    expect(() => createSender({ baseUrl: 'https://x', tokenFile: none })).toThrow(/none: cannot be read \(ENOENT\)$/);
    expect(() => createSender({ baseUrl: 'https://x', caFile: join(folder, 'empty') })).toThrow(
      /empty: no certificate \(PEM\) in it$/,
    );
  });
});

function ask(url: string, request: { body?: unknown; timeoutMs?: number } = {}) {
  return createSender({ baseUrl: url })(request);
}

function createSender(options: AggregatorClientOptions) {
  const client = createAggregatorClient(options);
  return (request: { body?: unknown; timeoutMs?: number } = {}) =>
    client({ path: '/v1/reports', timeoutMs: 5000, signal: new AbortController().signal, ...request });
}

function serve(handler: RequestListener, tls?: { cert: Buffer; key: Buffer }): Promise<string> {
  const listening = tls === undefined ? createServer(handler) : createTlsServer(tls, handler);
  server = listening;
  const scheme = tls === undefined ? 'http' : 'https';
  return new Promise((resolve) => {
    listening.listen(0, '127.0.0.1', () => {
      resolve(`${scheme}://127.0.0.1:${(listening.address() as AddressInfo).port}`);
    });
  });
}

import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BodyLimits, type BodyRefusal, readBodies } from '#aggregator/reports/report-bodies.ts';
import { createHttpApp, type HttpServer } from '#runtime/http-server.ts';
import { createLogger } from '#runtime/logger.ts';
import { createMetricsRegistry } from '#runtime/metrics.ts';

const WAIT = { timeout: 20_000 };
const LIMITS: BodyLimits = { bytes: 100_000, bytesUnderWay: 1_000_000, timeoutMs: 20_000, retryAfterSeconds: 1 };

describe('bodies', () => {
  let server: HttpServer;
  const sockets: Socket[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  const refused = new Map<BodyRefusal, number>();

  async function listen(limits: Partial<BodyLimits> = {}): Promise<void> {
    const read = readBodies({ ...LIMITS, ...limits }, (reason) => refused.set(reason, (refused.get(reason) ?? 0) + 1));
    const logger = createLogger('test', 'silent');
    const http = createHttpApp({
      logger,
      registry: createMetricsRegistry(),
      notReady: () => undefined,
      bodyLimitBytes: 10,
      guard: read,
    });
    http.app.post('/', (request, response) => void response.json({ length: JSON.stringify(request.body).length }));
    server = await http.listen('127.0.0.1', 0);
  }

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    agent.destroy();
    refused.clear();
    await server.close(0);
  });

  async function post(
    body: string,
  ): Promise<{ status: number | undefined; retryAfter: string | undefined; body: string }> {
    const request = httpRequest({ port: server.port, host: '127.0.0.1', method: 'POST', agent });
    request.end(body);
    const [response] = await once(request, 'response');
    return { status: response.statusCode, retryAfter: response.headers['retry-after'], body: await text(response) };
  }

  /** A request of which `sent` bytes of the body have come, and no more. */
  async function stall(announced: number, sent: number): Promise<Socket> {
    const socket = connect(server.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${announced}\r\n\r\n${' '.repeat(sent)}`);
    await once(socket, 'connect');
    return socket;
  }

  function answerTo(socket: Socket): () => string {
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    return () => answer;
  }

  it.each([
    { name: 'JSON', body: '{"a":[1]}', status: 200, reason: undefined },
    { name: 'a body of just the limit', body: `"${'x'.repeat(99_998)}"`, status: 200, reason: undefined },
    { name: 'half a JSON', body: '{"a":[1', status: 400, reason: 'notJson' },
    { name: 'NaN', body: '{"a":NaN}', status: 400, reason: 'notJson' },
    { name: 'nothing', body: '', status: 400, reason: 'notJson' },
    { name: '10 MB', body: ' '.repeat(10_000_000), status: 413, reason: 'tooLarge' },
  ])('with $name are answered with $status', async ({ body, status, reason }) => {
    await listen();
    expect((await post(body)).status).toBe(status);
    expect([...refused.keys()]).toEqual(reason === undefined ? [] : [reason]);
    expect((await post('{}')).status).toBe(200);
  });

  it('that are too large are refused although their length was not told', async () => {
    await listen();
    const request = httpRequest({ port: server.port, host: '127.0.0.1', method: 'POST', agent });
    for (let part = 0; part < 20; part += 1) request.write(' '.repeat(10_000));
    request.end();
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(413);
    expect(await text(response)).toBe('{"error":"body: more than 100000 bytes"}');
  });

  it('that do not come in time are refused, and their connection is closed', async () => {
    await listen({ timeoutMs: 50 });
    const socket = await stall(1000, 10);
    const answer = answerTo(socket);
    await once(socket, 'close');
    expect(answer()).toMatch(/^HTTP\/1.1 408 /);
    expect(Object.fromEntries(refused)).toEqual({ tooSlow: 1 });
  });

  it('that are cut off are counted, and nothing else happens', async () => {
    await listen();
    (await stall(1000, 10)).end();
    await vi.waitFor(() => expect(refused.get('cut')).toBe(1), WAIT);
    expect((await post('{}')).status).toBe(200);
  });

  it('that take too much together give way, the largest first, and are told when to come back', async () => {
    await listen({ bytesUnderWay: 120_000 });
    const large = await stall(90_000, 80_000);
    const answer = answerTo(large);
    const small = answerTo(await stall(60_000, 50_000));
    await vi.waitFor(() => expect(answer()).toMatch(/^HTTP\/1.1 503 [\s\S]*retry-after: 1/i), WAIT);
    expect(small()).toBe('');
    expect(Object.fromEntries(refused)).toEqual({ busy: 1 });
  });

  it('of a hundred agents are all taken while a thousand others stall, cut off, send 10 MB or come back at once', async () => {
    await listen({ timeoutMs: 60_000 });
    const stalled = Array.from({ length: 600 }, (_, index) => stall(90_000, index % 3 === 0 ? 80_000 : 100));
    const cut = Array.from({ length: 200 }, async () => (await stall(1000, 10)).destroy());
    const large = Array.from({ length: 10 }, () => post(' '.repeat(10_000_000)));
    const back = Array.from({ length: 200 }, () => post(`"${'x'.repeat(20_000)}"`));
    const body = JSON.stringify({ measurements: 'x'.repeat(6000) });
    const agents = Array.from({ length: 100 }, async () => {
      const answers = [];
      for (let report = 0; report < 5; report += 1) answers.push(await post(body));
      return answers;
    });
    const answers = (await Promise.all(agents)).flat();
    expect(answers.map(({ status }) => status)).toEqual(Array(500).fill(200));
    expect(new Set((await Promise.all(large)).map(({ status }) => status))).toEqual(new Set([413]));
    for (const { status } of await Promise.all(back)) expect([200, 503]).toContain(status);
    await Promise.all([...stalled, ...cut]);
    await vi.waitFor(() => expect(refused.get('busy')).toBeGreaterThanOrEqual(150), WAIT);
  }, 60_000);
});

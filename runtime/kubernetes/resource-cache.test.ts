import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createKubernetesClient } from '#runtime/kubernetes/client.ts';
import { PooledKubeConfig } from '#runtime/kubernetes/pooled-kube-config.ts';
import type { MessageReader } from '#runtime/kubernetes/protobuf/message-reader.ts';
import { readObjectMeta } from '#runtime/kubernetes/protobuf/object-meta.ts';
import { type ResourceCache, watchResource } from '#runtime/kubernetes/resource-cache.ts';
import { createLogger } from '#runtime/logger.ts';
import { createTurnQueue } from '#runtime/turn-queue.ts';
import { encodeMessage, encodeWatchEvent } from '#test/protobuf.ts';

const WAIT = { timeout: 5000, interval: 10 };
const thing = z.object({ metadata: z.object({ name: z.string() }) });

describe('a resource cache', () => {
  let api: FakeApi;
  let cache: ResourceCache<z.infer<typeof thing>>;
  let kubeConfig: PooledKubeConfig;
  const onChange = vi.fn();

  beforeEach(async () => {
    onChange.mockReset();
    api = await startFakeApi();
    kubeConfig = kubeConfigFor(api.port);
    cache = watchResource({
      client: createKubernetesClient(kubeConfig, { timeoutMs: 1000 }),
      path: '/things',
      schema: thing,
      logger: createLogger('test', 'silent'),
      onChange,
    });
  });

  afterEach(async () => {
    await cache.stop();
    await api.close();
  });

  const names = () => cache.list().map(({ metadata }) => metadata.name);

  it.each([
    ['null', 200, 'null'],
    ['an object that is no list', 200, '{"hello":"world"}'],
    ['a list of something else', 200, '{"metadata":{"resourceVersion":"1"},"items":[null]}'],
    ['a page', 200, '<html></html>'],
    ['an error', 500, '{"kind":"Status","message":"etcd is down"}'],
  ])('is not synced by a list that is %s, and asks again', async (_what, status, body) => {
    let syncedBefore: boolean | undefined;
    api.list = (response) => {
      response.writeHead(status).end(body);
      api.list = (next, url) => {
        syncedBefore = cache.synced();
        listOf('a')(next, url);
      };
    };
    await vi.waitFor(() => expect(names()).toEqual(['a']), WAIT);
    expect(syncedBefore).toBe(false);
    await vi.waitFor(() => expect(cache.synced()).toBe(true), WAIT);
  });

  it('reads a list page by page, and is synced with the last', async () => {
    const asked: (string | undefined)[] = [];
    api.list = (response, url) => {
      const token = url.searchParams.get('continue') ?? undefined;
      asked.push(token);
      expect(url.searchParams.get('limit')).toBe('250');
      const items = [{ metadata: { name: token ?? 'first', resourceVersion: '1' } }];
      const next = { first: 'second', second: 'third' }[token ?? 'first'];
      response.end(JSON.stringify({ metadata: { resourceVersion: '1', ...(next && { continue: next }) }, items }));
    };
    await vi.waitFor(() => expect(cache.synced()).toBe(true), WAIT);
    expect(asked).toEqual([undefined, 'second', 'third']);
    expect(names()).toEqual(['first', 'second', 'third']);
  });

  it('reads of several versions that wait for their turn only the newest', async () => {
    api.list = listOf('a');
    const read: unknown[] = [];
    const inTurns = createTurnQueue();
    const counted = thing.extend({ value: z.number().optional() }).transform((value) => {
      read.push(value.value);
      return value;
    });
    const client = createKubernetesClient(kubeConfig, { timeoutMs: 1000 });
    const logger = createLogger('test', 'silent');
    const turning = watchResource({ client, path: '/things', schema: counted, logger, onChange: () => {}, inTurns });
    try {
      await vi.waitFor(() => expect(turning.synced()).toBe(true), WAIT);
      await vi.waitFor(() => expect(api.watches.size).toBe(2), WAIT);
      const versions = Array.from({ length: 100 }, (_, value) => value);
      const change = (value: number) => ({ metadata: { name: 'a', resourceVersion: `1${value}` }, value });
      api.send(...versions.map((value) => JSON.stringify({ type: 'MODIFIED', object: change(value) })));
      await vi.waitFor(() => expect(turning.list()).toMatchObject([{ value: 99 }]), WAIT);
      expect(read.length).toBeLessThan(versions.length);
    } finally {
      await turning.stop();
    }
  });

  it('lets others have their turn between the chunks of many events that come at once', async () => {
    api.list = listOf('a');
    await vi.waitFor(() => expect(api.watches.size).toBe(1), WAIT);
    const padding = '.'.repeat(1000);
    const events = Array.from({ length: 2000 }, (_, event) => {
      const metadata = { name: `e${event}`, resourceVersion: String(event + 2) };
      return JSON.stringify({ type: 'ADDED', object: { metadata, padding } });
    });
    const readInTurn = new Map<number, number>();
    let turn = 0;
    let next = setImmediate(function count() {
      turn++;
      next = setImmediate(count);
    });
    onChange.mockImplementation(() => readInTurn.set(turn, (readInTurn.get(turn) ?? 0) + 1));
    api.send(...events);
    await vi.waitFor(() => expect(cache.list()).toHaveLength(1 + events.length), WAIT);
    clearImmediate(next);
    expect(Math.max(...readInTurn.values())).toBeLessThan(events.length / 4);
  });

  it('leaves out what a watch sends that is no event, and goes on with the next', async () => {
    api.list = listOf('a');
    await vi.waitFor(() => expect(api.watches.size).toBe(1), WAIT);
    api.send(
      '{"error":"a gateway says"}',
      '{"type":"ADDED","object":null}',
      '{"type":"MODIFIED","object":7}',
      '[',
      '{}',
    );
    api.send(JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'b', resourceVersion: '2' } } }));
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b']), WAIT);
  });

  it('watches all the same after the credentials could not be read for once', async () => {
    const authenticate = vi.spyOn(kubeConfig, 'authenticate');
    api.list = (response, url) => {
      authenticate.mockRejectedValueOnce(new Error('no such file: token'));
      listOf('a')(response, url);
    };
    await vi.waitFor(() => expect(api.watches.size).toBe(1), WAIT);
    expect(authenticate.mock.settledResults.filter(({ type }) => type === 'rejected')).toHaveLength(1);
  });

  it('tells of each change what the object was and is', async () => {
    const event = (type: string, version: string) =>
      JSON.stringify({ type, object: { metadata: { name: 'b', resourceVersion: version } } });
    const b = { metadata: { name: 'b' } };
    api.list = listOf('a');
    await vi.waitFor(() => expect(api.watches.size).toBe(1), WAIT);
    await vi.waitFor(() => expect(cache.synced()).toBe(true), WAIT);
    onChange.mockClear();
    api.send(event('ADDED', '2'), event('MODIFIED', '3'), event('DELETED', '4'));
    await vi.waitFor(() => expect(onChange.mock.calls).toEqual([[undefined, b], [b, b], [b]]), WAIT);
  });

  it('takes a bookmark for a sign of life, and for nothing else', async () => {
    api.list = listOf('a');
    await vi.waitFor(() => expect(api.watches.size).toBe(1), WAIT);
    await vi.waitFor(() => expect(cache.idleSeconds()).toBeGreaterThan(0.1), WAIT);
    api.send(JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '7' } } }));
    await vi.waitFor(() => expect(cache.idleSeconds()).toBeLessThan(0.1), WAIT);
    expect(names()).toEqual(['a']);
    expect(api.asked.at(-1)).toContain('allowWatchBookmarks=true');
    for (const watch of api.watches) watch.end();
    await vi.waitFor(() => expect(api.asked.at(-1)).toContain('resourceVersion=7'), WAIT);
  });

  it('lists anew after a watch that was refused as too old', async () => {
    api.list = listOf('a');
    await vi.waitFor(() => expect(api.watches.size).toBe(1), WAIT);
    api.list = listOf('b');
    api.send(JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } }));
    for (const watch of api.watches) watch.end();
    await vi.waitFor(() => expect(names()).toEqual(['b']), WAIT);
  });
});

describe('a watch of its own', () => {
  let api: FakeApi;
  let cache: ResourceCache<z.infer<typeof thing>>;

  beforeEach(async () => {
    api = await startFakeApi();
    api.list = listOf('a');
  });

  afterEach(async () => {
    await cache.stop();
    await api.close();
  });

  function watch(): void {
    cache = watchResource({
      client: createKubernetesClient(kubeConfigFor(api.port), { timeoutMs: 1000 }),
      path: '/things',
      schema: thing,
      logger: createLogger('test', 'silent'),
      onChange: () => {},
      readProtobuf: readThing,
    });
  }

  const names = () => cache.list().map(({ metadata }) => metadata.name);
  const stands = () => vi.waitFor(() => expect(api.watches.size).toBe(1), WAIT);
  const added = (name: string, resourceVersion: string) =>
    encodeWatchEvent('ADDED', { apiVersion: 'v1', kind: 'Thing', message: thingMessage(name, resourceVersion) });

  it('asks for protobuf, and reads events that come in pieces', async () => {
    api.watchType = PROTOBUF;
    watch();
    await stands();
    expect(api.accepted).toEqual([`${PROTOBUF},application/json`]);
    const bytes = Buffer.concat([added('b', '2'), added('c', '3')]);
    for (const piece of [bytes.subarray(0, 3), bytes.subarray(3, 30), bytes.subarray(30)]) api.write(piece);
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b', 'c']), WAIT);
  });

  it('takes JSON from a server that has nothing else', async () => {
    watch();
    await stands();
    api.send(JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'b', resourceVersion: '2' } } }));
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b']), WAIT);
  });

  it('goes on from a bookmark, and with what follows half an event', async () => {
    api.watchType = PROTOBUF;
    watch();
    await stands();
    const bookmark = thingMessage('', '7');
    api.write(encodeWatchEvent('BOOKMARK', { apiVersion: 'v1', kind: 'Thing', message: bookmark }));
    api.write(added('lost', '8').subarray(0, 20));
    for (const open of api.watches) open.end();
    await vi.waitFor(() => expect(api.asked.at(-1)).toContain('resourceVersion=7'), WAIT);
    await stands();
    api.write(added('b', '8'));
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b']), WAIT);
  });

  it('lists anew where it is told in protobuf that its place is too old', async () => {
    api.watchType = PROTOBUF;
    watch();
    await stands();
    api.list = listOf('b');
    const status = encodeMessage([
      [3, 'too old resource version'],
      [4, 'Expired'],
      [6, 410],
    ]);
    api.write(encodeWatchEvent('ERROR', { apiVersion: 'v1', kind: 'Status', message: status }));
    for (const open of api.watches) open.end();
    await vi.waitFor(() => expect(names()).toEqual(['b']), WAIT);
  });

  it('asks for JSON after an event that it cannot read, from where it was', async () => {
    api.watchType = PROTOBUF;
    watch();
    await stands();
    api.write(added('b', '2'));
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b']), WAIT);
    api.watchType = 'application/json';
    api.write(Buffer.from([0, 0, 0, 2, 0x0a, 9]));
    await vi.waitFor(() => expect(api.accepted.at(-1)).toBe('application/json'), WAIT);
    expect(api.asked.at(-1)).toContain('resourceVersion=2');
    await stands();
    api.send(JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'c', resourceVersion: '3' } } }));
    await vi.waitFor(() => expect(names()).toEqual(['a', 'b', 'c']), WAIT);
  });

  it.each([
    [410, 'lists anew', ['b']],
    [500, 'tries again', ['a']],
  ])('is answered %d: %s', async (status, _what, want) => {
    api.refusal = status;
    api.list = (response, url) => {
      listOf('a')(response, url);
      api.list = listOf('b');
    };
    watch();
    await stands();
    expect(names()).toEqual(want);
  });
});

const PROTOBUF = 'application/vnd.kubernetes.protobuf;stream=watch';

/** A thing in protobuf: its metadata as all have it. */
function thingMessage(name: string, resourceVersion: string): Buffer {
  const metadata = encodeMessage([
    [1, name],
    [6, resourceVersion],
  ]);
  return encodeMessage([[1, metadata]]);
}

function readThing(message: MessageReader): object {
  message.next();
  return { metadata: readObjectMeta(message.message()) };
}

interface FakeApi {
  port: number;
  list: (response: ServerResponse, url: URL) => void;
  watches: Set<ServerResponse>;
  /** Addresses of the watches that were asked for, and what they accept. */
  asked: string[];
  accepted: string[];
  /** With what status the next watch is refused. */
  refusal: number | undefined;
  watchType: string;
  /** Lines to every watch. */
  send(...lines: string[]): void;
  /** Bytes to every watch. */
  write(bytes: Buffer): void;
  close(): Promise<void>;
}

async function startFakeApi(): Promise<FakeApi> {
  const watches = new Set<ServerResponse>();
  const asked: string[] = [];
  const accepted: string[] = [];
  const server: Server = createServer((request, response) => {
    if (!request.url?.includes('watch=true')) return api.list(response, new URL(request.url ?? '', 'http://api'));
    asked.push(request.url);
    accepted.push(request.headers.accept ?? '');
    const { refusal } = api;
    api.refusal = undefined;
    if (refusal !== undefined) return void response.writeHead(refusal).end();
    response.writeHead(200, { 'content-type': api.watchType }).flushHeaders();
    watches.add(response);
    response.once('close', () => watches.delete(response));
  });
  const api: FakeApi = {
    port: 0,
    list: (response) => void response.writeHead(503).end(),
    watches,
    asked,
    accepted,
    refusal: undefined,
    watchType: 'application/json',
    write: (bytes) => {
      for (const watch of watches) watch.write(bytes);
    },
    send: (...lines) => {
      for (const watch of watches) watch.write(lines.map((line) => `${line}\n`).join(''));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  api.port = (server.address() as AddressInfo).port;
  return api;
}

function listOf(...names: string[]): FakeApi['list'] {
  const items = names.map((name) => ({ metadata: { name, resourceVersion: '1' } }));
  return (response) => void response.writeHead(200).end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
}

function kubeConfigFor(port: number): PooledKubeConfig {
  const kubeConfig = new PooledKubeConfig();
  const server = `http://127.0.0.1:${port}`;
  kubeConfig.loadFromClusterAndUser({ name: 'test', server, skipTLSVerify: true }, { name: 'test' });
  return kubeConfig;
}

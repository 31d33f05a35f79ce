import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createKubernetesClient } from '#runtime/kubernetes/client.ts';
import { PooledKubeConfig } from '#runtime/kubernetes/pooled-kube-config.ts';
import { type ResourceCache, watchResource } from '#runtime/kubernetes/resource-cache.ts';
import { createLogger } from '#runtime/logger.ts';
import { createTurnQueue } from '#runtime/turn-queue.ts';

const WAIT = { timeout: 5000, interval: 10 };
const thing = z.object({ metadata: z.object({ name: z.string() }) });

describe('a resource cache', () => {
  let api: FakeApi;
  let cache: ResourceCache<z.infer<typeof thing>>;
  let kubeConfig: PooledKubeConfig;
  const onChange = vi.fn();

  beforeEach(async () => {
    onChange.mockClear();
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
    const authenticate = vi.spyOn(kubeConfig, 'applySecurityAuthentication');
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

interface FakeApi {
  port: number;
  list: (response: ServerResponse, url: URL) => void;
  watches: Set<ServerResponse>;
  /** Addresses of the watches that were asked for. */
  asked: string[];
  /** Lines to every watch. */
  send(...lines: string[]): void;
  close(): Promise<void>;
}

async function startFakeApi(): Promise<FakeApi> {
  const watches = new Set<ServerResponse>();
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    if (!request.url?.includes('watch=true')) return api.list(response, new URL(request.url ?? '', 'http://api'));
    asked.push(request.url);
    response.writeHead(200).flushHeaders();
    watches.add(response);
    response.once('close', () => watches.delete(response));
  });
  const api: FakeApi = {
    port: 0,
    list: (response) => void response.writeHead(503).end(),
    watches,
    asked,
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

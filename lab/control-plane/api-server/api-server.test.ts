import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { createLogger } from '#runtime/logger.ts';
import { type Api, createApi, takeEvents } from '#test/contract/api-connection.ts';
import { makeAppGroup, makeConfigMap, makePod } from '#test/contract/sandbox.ts';

// What is the embedded server's own: limits, and what a real cluster leaves to its controllers.

const PODS = '/api/v1/namespaces/default/pods';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const SLICES = '/apis/netaware.io/v1alpha1/networktopologyslices';

describe('the embedded API server', () => {
  let server: ApiServer;
  let api: Api;
  beforeAll(async () => {
    server = await startApiServer({ host: '127.0.0.1', port: 0, logger: createLogger('test', 'silent') });
    api = createApi({ baseUrl: server.url, fetch, close: async () => {} });
  });
  afterAll(() => server.close());

  test('a thousand pods created at once reach every watch once and in order', async () => {
    const watching = [1, 2].map(() => takeEvents(api.watch(`${PODS}?watch=true`), 1_000));
    await Promise.all(
      Array.from({ length: 1_000 }, () => api.post(PODS, makePod('', {}, { name: undefined, generateName: 'many-' }))),
    );
    const { body: list } = await api.get(PODS);
    expect(list.items).toHaveLength(1_000);
    for (const events of await Promise.all(watching)) {
      const revisions = events.map(({ object }) => Number(object.metadata.resourceVersion));
      expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
      expect(new Set(events.map(({ object }) => object.metadata.uid)).size).toBe(1_000);
    }
  });

  test('a watcher that does not read is cut off, and others go on', async () => {
    const { body: created } = await api.post(CONFIG_MAPS, makeConfigMap('large', { text: 'x'.repeat(200_000) }));
    const path = `${CONFIG_MAPS}?watch=true&resourceVersion=${created.metadata.resourceVersion}`;
    const slow = await openWatch(server.url + path);
    const reading = takeEvents(api.watch(path), 300);
    for (let number = 0; number < 300; number += 1) {
      await api.patch(`${CONFIG_MAPS}/large`, 'merge-patch+json', { data: { number: String(number) } });
    }
    expect(await reading).toHaveLength(300);
    const closed = new Promise<boolean>((resolve) => slow.once('close', () => resolve(slow.complete)));
    slow.resume();
    expect(await closed).toBe(false);
  });

  test('a resourceVersion that this server never gave out is expired: the client knew an earlier one', async () => {
    const [event] = await takeEvents(api.watch(`${PODS}?watch=true&resourceVersion=999999999`), 1);
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  test('a resourceVersion of the server that ran before is expired, however much was written since', async () => {
    const before = await startApiServer({ host: '127.0.0.1', port: 0, logger: createLogger('test', 'silent') });
    const { body: list } = await createApi({ baseUrl: before.url, fetch, close: before.close }).get(PODS);
    await before.close();
    const after = await startApiServer({ host: '127.0.0.1', port: 0, logger: createLogger('test', 'silent') });
    const restarted = createApi({ baseUrl: after.url, fetch, close: after.close });
    for (let number = 0; number < 20; number += 1) await restarted.post(CONFIG_MAPS, makeConfigMap(`new-${number}`));
    const path = `${PODS}?watch=true&timeoutSeconds=5&resourceVersion=${list.metadata.resourceVersion}`;
    const [event] = await takeEvents(restarted.watch(path), 1);
    await after.close();
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  test('the history is bounded: a watch from before it is expired', async () => {
    const { body: list } = await api.get(CONFIG_MAPS);
    const first = list.metadata.resourceVersion;
    await api.post(CONFIG_MAPS, makeConfigMap('changing'));
    for (let count = 0; count < 4_100; count += 50) {
      const numbers = Array.from({ length: 50 }, (_, index) => count + index);
      await Promise.all(
        numbers.map((number) =>
          api.patch(`${CONFIG_MAPS}/changing`, 'merge-patch+json', { data: { number: String(number) } }),
        ),
      );
    }
    const [event] = await takeEvents(api.watch(`${CONFIG_MAPS}?watch=true&resourceVersion=${first}`), 1);
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  test('a watch may be asked to last longer than a timer can', async () => {
    const watching = takeEvents(api.watch(`${CONFIG_MAPS}?watch=true&timeoutSeconds=9999999999`), 1, ({ object }) => {
      return object.metadata.name === 'late';
    });
    for (const name of ['early', 'late']) await api.post(CONFIG_MAPS, makeConfigMap(name));
    expect(await watching).toHaveLength(1);
  });

  test('a body of 16 MB is refused', async () => {
    const { code, body } = await api.post(CONFIG_MAPS, makeConfigMap('huge', { text: 'x'.repeat(17 * 1024 * 1024) }));
    expect([code, body.reason]).toEqual([413, 'RequestEntityTooLarge']);
  });

  test('a continue token and initial events are refused as by a server that forgot or has them not', async () => {
    expect((await api.get(`${PODS}?continue=abc`)).body).toMatchObject({ code: 410, reason: 'Expired' });
    expect((await api.get(`${PODS}?watch=true&sendInitialEvents=true`)).code).toBe(422);
  });

  test('a slice goes with the node that owns it', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'owner' } };
    const { body: created } = await api.post('/api/v1/nodes', node);
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: 'owner', uid: created.metadata.uid }];
    const slice = { apiVersion: 'netaware.io/v1alpha1', kind: 'NetworkTopologySlice', origin: 'owner', links: [] };
    expect((await api.post(SLICES, { ...slice, metadata: { name: 'owner', ownerReferences } })).code).toBe(201);
    await api.delete('/api/v1/nodes/owner');
    expect((await api.get(`${SLICES}/owner`)).code).toBe(404);
  });

  test('a namespace goes with what is in it', async () => {
    await api.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'short-lived' } });
    const appGroups = '/apis/netaware.io/v1alpha1/namespaces/short-lived/appgroups';
    await api.post(appGroups, makeAppGroup('inside'));
    await api.delete('/api/v1/namespaces/short-lived');
    expect((await api.get(appGroups)).body.items).toEqual([]);
    expect((await api.delete('/api/v1/namespaces/default')).code).toBe(403);
  });

  test('the watches of a definition end when it is deleted', async () => {
    const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/networktopologies.netaware.io';
    const { body: stored } = await api.get(definition);
    const topologies = '/apis/netaware.io/v1alpha1/networktopologies';
    const topology = { apiVersion: 'netaware.io/v1alpha1', kind: 'NetworkTopology', metadata: { name: 'default' } };
    await api.post(topologies, topology);
    const types: string[] = [];
    for await (const { type } of api.watch(`${topologies}?watch=true`)) {
      types.push(type);
      if (type === 'ADDED') await api.delete(definition);
    }
    expect(types).toEqual(['ADDED', 'DELETED']);
    expect((await api.get(topologies)).code).toBe(404);
    const { name } = stored.metadata;
    expect((await api.post(definition.replace(`/${name}`, ''), { ...stored, metadata: { name } })).code).toBe(201);
    expect((await api.get(topologies)).code).toBe(200);
  });

  test('a field named __proto__ is data like any other', async () => {
    const body = '{"metadata":{"name":"proto","labels":{"__proto__":"a"}},"data":{"__proto__":"b","constructor":"c"}}';
    const { code } = await api.send('POST', CONFIG_MAPS, body, 'application/json');
    expect(code).toBe(201);
    await api.send('PATCH', `${CONFIG_MAPS}/proto`, '{"data":{"__proto__":"d"}}', 'application/merge-patch+json');
    const { body: stored } = await api.get(`${CONFIG_MAPS}/proto`);
    expect(JSON.stringify(stored.data)).toBe('{"__proto__":"d","constructor":"c"}');
    expect(({} as { a?: string }).a).toBeUndefined();
  });
});

/** A watch whose answer nobody reads yet. */
function openWatch(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, (response) => resolve(response.pause().on('error', () => {}))).once('error', reject);
  });
}

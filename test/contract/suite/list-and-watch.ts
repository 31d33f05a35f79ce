import { expect, test } from 'vitest';
import { takeEvents, type WatchEvent } from '#test/contract/api-connection.ts';
import { makeAppGroup, makeConfigMap, type Sandbox } from '#test/contract/sandbox.ts';

export function listAndWatchTests(sandbox: () => Sandbox): void {
  test('a list carries the resourceVersion from which a watch goes on', async () => {
    const { api, configMaps } = sandbox();
    await api.post(configMaps, makeConfigMap('listed'));
    const { body: list } = await api.get(configMaps);
    expect(list).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(list.items.map(({ metadata }: WatchEvent['object']) => metadata.name)).toContain('listed');

    const watching = takeEvents(
      api.watch(`${configMaps}?watch=true&resourceVersion=${list.metadata.resourceVersion}`),
      3,
    );
    await api.post(configMaps, makeConfigMap('watched'));
    await api.patch(`${configMaps}/watched`, 'merge-patch+json', { data: { key: 'value' } });
    await api.delete(`${configMaps}/watched`);
    const events = await watching;
    expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['ADDED', 'watched'],
      ['MODIFIED', 'watched'],
      ['DELETED', 'watched'],
    ]);
    const revisions = events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
  });

  test.each([
    ['without a resourceVersion', ''],
    ['with resourceVersion=0', '&resourceVersion=0'],
  ])('a watch %s starts with what is there', async (_case, query) => {
    const { api, configMaps } = sandbox();
    await api.post(configMaps, makeConfigMap('existing'));
    const isExisting = ({ object }: WatchEvent) => object.metadata.name === 'existing';
    const [event] = await takeEvents(api.watch(`${configMaps}?watch=true${query}`), 1, isExisting);
    expect(event?.type).toBe('ADDED');
  });

  test('a watch from a forgotten resourceVersion ends with 410 Expired, and a new list and watch miss nothing', async () => {
    const { api, appGroups } = sandbox();
    const events = await takeEvents(api.watch(`${appGroups}?watch=true&resourceVersion=1`), 1);
    expect(events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);

    await api.post(appGroups, makeAppGroup('before-list'));
    const { body: list } = await api.get(appGroups);
    await api.post(appGroups, makeAppGroup('after-list'));
    const resumed = `${appGroups}?watch=true&resourceVersion=${list.metadata.resourceVersion}`;
    const [first] = await takeEvents(api.watch(resumed), 1);
    expect(first).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'after-list' } } });
  });

  test('a watch with bookmarks ends at its timeout, and told its resourceVersion before', async () => {
    const { api, configMaps } = sandbox();
    const events: WatchEvent[] = [];
    for await (const event of api.watch(`${configMaps}?watch=true&allowWatchBookmarks=true&timeoutSeconds=4`)) {
      events.push(event);
    }
    const bookmark = events.findLast(({ type }) => type === 'BOOKMARK');
    expect(bookmark?.object).toMatchObject({
      kind: 'ConfigMap',
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
    });
  });

  test('an object that ceases to match the selector of a watch is told as deleted', async () => {
    const { api, configMaps } = sandbox();
    const { body: list } = await api.get(configMaps);
    const query = `watch=true&labelSelector=tier%3Dfront&resourceVersion=${list.metadata.resourceVersion}`;
    const watching = takeEvents(api.watch(`${configMaps}?${query}`), 2);
    await api.post(configMaps, makeConfigMap('moving', {}, { tier: 'front' }));
    await api.patch(`${configMaps}/moving`, 'merge-patch+json', { metadata: { labels: { tier: 'back' } } });
    expect((await watching).map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
  });

  test('every one of many concurrent writes reaches every watch once', async () => {
    const { api, configMaps } = sandbox();
    const { body: list } = await api.get(configMaps);
    const path = `${configMaps}?watch=true&resourceVersion=${list.metadata.resourceVersion}`;
    const isOne = ({ object }: WatchEvent) => object.metadata.name.startsWith('many-');
    const watching = [1, 2, 3].map(() => takeEvents(api.watch(path), 100, isOne));
    const names = Array.from({ length: 100 }, (_, index) => `many-${index}`);
    await Promise.all(names.map((name) => api.post(configMaps, makeConfigMap(name))));
    for (const events of await Promise.all(watching)) {
      expect(new Set(events.map(({ object }) => object.metadata.name))).toEqual(new Set(names));
    }
  });
}

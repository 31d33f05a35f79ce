import { expect, test } from 'vitest';
import { makeAppGroup, makeConfigMap, makePod, type Sandbox } from '#test/contract/sandbox.ts';

export function writeTests(sandbox: () => Sandbox): void {
  test('create sets uid, creationTimestamp and a name made from generateName', async () => {
    const { api, configMaps, namespace } = sandbox();
    const { code, body } = await api.post(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { generateName: 'made-' },
    });
    expect(code).toBe(201);
    expect(body.metadata).toMatchObject({
      name: expect.stringMatching(/^made-[a-z0-9]{5}$/),
      namespace,
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  test('a second create of the same name is refused', async () => {
    const { api, configMaps } = sandbox();
    await api.post(configMaps, makeConfigMap('twice'));
    const { code, body } = await api.post(configMaps, makeConfigMap('twice'));
    expect(code).toBe(409);
    expect(body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'AlreadyExists' });
    expect(body.message).toBe('configmaps "twice" already exists');
  });

  test('create in a missing namespace is refused', async () => {
    const { api } = sandbox();
    const { code, body } = await api.post('/api/v1/namespaces/no-such-one/configmaps', makeConfigMap('lost'));
    expect([code, body.message]).toEqual([404, 'namespaces "no-such-one" not found']);
  });

  test('an update from an old resourceVersion is a conflict, and from the current one is not', async () => {
    const { api, configMaps } = sandbox();
    const { body: first } = await api.post(configMaps, makeConfigMap('raced'));
    const { body: second } = await api.put(`${configMaps}/raced`, { ...first, data: { by: 'a' } });
    const { code, body } = await api.put(`${configMaps}/raced`, { ...first, data: { by: 'b' } });
    expect(code).toBe(409);
    expect(body.reason).toBe('Conflict');
    expect(body.message).toContain('the object has been modified; please apply your changes to the latest version');
    expect((await api.put(`${configMaps}/raced`, { ...second, data: { by: 'b' } })).code).toBe(200);
  });

  test('a custom resource is not updated without a resourceVersion', async () => {
    const { api, appGroups } = sandbox();
    await api.post(appGroups, makeAppGroup('unversioned'));
    const { code, body } = await api.put(`${appGroups}/unversioned`, makeAppGroup('unversioned'));
    expect(code).toBe(422);
    expect(body.message).toContain('metadata.resourceVersion: Invalid value');
    expect(body.message).toContain('must be specified for an update');
  });

  test('a write that changes nothing leaves the resourceVersion', async () => {
    const { api, configMaps } = sandbox();
    const { body: created } = await api.post(configMaps, makeConfigMap('still', { key: 'value' }));
    const { body: patched } = await api.patch(`${configMaps}/still`, 'merge-patch+json', { data: { key: 'value' } });
    expect(patched.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  test('JSON patch adds, replaces, removes and moves', async () => {
    const { api, configMaps } = sandbox();
    await api.post(configMaps, makeConfigMap('json', { a: '1', b: '2' }, { 'c/d': '3' }));
    const { code, body } = await api.patch(`${configMaps}/json`, 'json-patch+json', [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: 'one' },
      { op: 'remove', path: '/data/b' },
      { op: 'move', from: '/metadata/labels/c~1d', path: '/data/e' },
      { op: 'add', path: '/metadata/labels', value: { added: 'yes' } },
    ]);
    expect(code).toBe(200);
    expect(body.data).toEqual({ a: 'one', e: '3' });
    expect(body.metadata.labels).toEqual({ added: 'yes' });
  });

  test('a JSON patch whose test fails changes nothing', async () => {
    const { api, configMaps } = sandbox();
    await api.post(configMaps, makeConfigMap('tested', { a: '1' }));
    const { code } = await api.patch(`${configMaps}/tested`, 'json-patch+json', [
      { op: 'replace', path: '/data/a', value: '2' },
      { op: 'test', path: '/data/a', value: '1' },
    ]);
    expect(code).toBe(422);
    expect((await api.get(`${configMaps}/tested`)).body.data).toEqual({ a: '1' });
  });

  test('merge patch removes with null and keeps what it does not name', async () => {
    const { api, configMaps } = sandbox();
    await api.post(configMaps, makeConfigMap('merged', { a: '1', b: '2' }));
    const { body } = await api.patch(`${configMaps}/merged`, 'merge-patch+json', { data: { a: null, c: '3' } });
    expect(body.data).toEqual({ b: '2', c: '3' });
  });

  test('strategic merge patch merges containers by name', async () => {
    const { api, pods } = sandbox();
    const containers = ['a', 'b'].map((name) => ({ name, image: 'example/app:1' }));
    await api.post(pods, makePod('strategic', { containers }));
    const { code, body } = await api.patch(`${pods}/strategic`, 'strategic-merge-patch+json', {
      spec: { containers: [{ name: 'b', image: 'example/app:2' }] },
    });
    expect(code).toBe(200);
    expect(body.spec.containers.map(({ name, image }: Record<string, string>) => [name, image])).toEqual([
      ['a', 'example/app:1'],
      ['b', 'example/app:2'],
    ]);
  });

  test('custom resources take no strategic merge patch', async () => {
    const { api, appGroups } = sandbox();
    await api.post(appGroups, makeAppGroup('plain'));
    const { code, body } = await api.patch(`${appGroups}/plain`, 'strategic-merge-patch+json', { spec: {} });
    expect([code, body.reason]).toEqual([415, 'UnsupportedMediaType']);
  });

  test('many concurrent patches of one object all take effect', async () => {
    const { api, configMaps } = sandbox();
    await api.post(configMaps, makeConfigMap('storm'));
    const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`);
    const answers = await Promise.all(
      keys.map((key) => api.patch(`${configMaps}/storm`, 'merge-patch+json', { data: { [key]: 'set' } })),
    );
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([200]));
    expect(Object.keys((await api.get(`${configMaps}/storm`)).body.data).sort()).toEqual(keys.sort());
  });

  test('a delete whose precondition does not hold is a conflict', async () => {
    const { api, configMaps } = sandbox();
    await api.post(configMaps, makeConfigMap('guarded'));
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'another' } };
    const { code, body } = await api.delete(`${configMaps}/guarded`, options);
    expect([code, body.reason]).toEqual([409, 'Conflict']);
    expect((await api.delete(`${configMaps}/guarded`)).code).toBe(200);
    expect((await api.get(`${configMaps}/guarded`)).body.message).toBe('configmaps "guarded" not found');
  });

  test('an object with a finalizer stays until the finalizer goes', async () => {
    const { api, configMaps } = sandbox();
    const held = makeConfigMap('held');
    await api.post(configMaps, { ...held, metadata: { ...held.metadata, finalizers: ['example.com/hold'] } });
    await api.delete(`${configMaps}/held`);
    expect((await api.get(`${configMaps}/held`)).body.metadata.deletionTimestamp).toBeDefined();
    await api.patch(`${configMaps}/held`, 'merge-patch+json', { metadata: { finalizers: null } });
    expect((await api.get(`${configMaps}/held`)).code).toBe(404);
  });

  test('a dry run stores nothing', async () => {
    const { api, configMaps } = sandbox();
    expect((await api.post(`${configMaps}?dryRun=All`, makeConfigMap('rehearsed'))).code).toBe(201);
    expect((await api.get(`${configMaps}/rehearsed`)).code).toBe(404);
  });
}

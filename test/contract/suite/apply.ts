import { expect, test } from 'vitest';
import { makeConfigMap, type Sandbox } from '#test/contract/sandbox.ts';

export function applyTests(sandbox: () => Sandbox): void {
  function apply(manager: string, name: string, data: Record<string, string>, query = '') {
    const { api, configMaps } = sandbox();
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
    return api.patch(`${configMaps}/${name}?fieldManager=${manager}${query}`, 'apply-patch+yaml', body);
  }

  test('apply creates, and applying the same again changes nothing', async () => {
    const created = await apply('one', 'applied', { a: '1' });
    expect(created.code).toBe(201);
    expect(created.body.metadata.managedFields).toMatchObject([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} } },
      },
    ]);
    const again = await apply('one', 'applied', { a: '1' });
    expect(again.code).toBe(200);
    expect(again.body.metadata.resourceVersion).toBe(created.body.metadata.resourceVersion);
  });

  test('a field that its manager leaves out goes, and that of another stays', async () => {
    await apply('one', 'shared', { a: '1', b: '2' });
    await apply('two', 'shared', { c: '3' });
    const { body } = await apply('one', 'shared', { a: '1' });
    expect(body.data).toEqual({ a: '1', c: '3' });
  });

  test('a field with two owners stays until both leave it out', async () => {
    await apply('one', 'owned-twice', { a: '1', b: '1' });
    await apply('two', 'owned-twice', { a: '1' });
    expect((await apply('one', 'owned-twice', { b: '1' })).body.data).toEqual({ a: '1', b: '1' });
    expect((await apply('two', 'owned-twice', {})).body.data).toEqual({ b: '1' });
  });

  test("another manager's field is a conflict, unless forced", async () => {
    await apply('one', 'fought', { a: '1' });
    const refused = await apply('two', 'fought', { a: '2' });
    expect([refused.code, refused.body.reason]).toEqual([409, 'Conflict']);
    expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "one": .data.a');
    expect(refused.body.details.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' },
    ]);
    expect((await apply('two', 'fought', { a: '2' }, '&force=true')).body.data).toEqual({ a: '2' });
    expect((await apply('one', 'fought', {})).body.data).toEqual({ a: '2' });
  });

  test('what an ordinary write set is not overwritten without force either', async () => {
    const { api, configMaps } = sandbox();
    await api.post(configMaps, makeConfigMap('written', { a: '1' }));
    const refused = await apply('one', 'written', { a: '2' });
    expect(refused.code).toBe(409);
    expect(refused.body.details.causes).toMatchObject([{ reason: 'FieldManagerConflict', field: '.data.a' }]);
  });

  test('apply without a field manager is refused', async () => {
    const { api, configMaps } = sandbox();
    const { code, body } = await api.patch(`${configMaps}/nobodys`, 'apply-patch+yaml', makeConfigMap('nobodys'));
    expect(code).toBe(422);
    expect(body.message).toContain('fieldManager: Required value: is required for apply patch');
  });

  test('apply takes YAML', async () => {
    const { api, configMaps } = sandbox();
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  key: "value"\n';
    const path = `${configMaps}/yaml?fieldManager=one`;
    const { code, body } = await api.send('PATCH', path, yaml, 'application/apply-patch+yaml');
    expect([code, body.data]).toEqual([201, { key: 'value' }]);
  });
}

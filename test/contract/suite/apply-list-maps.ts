import { expect, test } from 'vitest';
import type { Sandbox } from '#test/contract/sandbox.ts';

interface Workload {
  name?: string;
  workloadRef?: object;
  dependencies?: { name: string; weight?: number }[];
}

/** Server-side apply to lists of a custom resource that are maps: each item, and each field of it, has its own owners. */
export function applyListMapTests(sandbox: () => Sandbox): void {
  function send(manager: string, name: string, fields: object, subresource = '') {
    const { api, appGroups } = sandbox();
    const body = { apiVersion: 'netaware.io/v1alpha1', kind: 'AppGroup', metadata: { name }, ...fields };
    return api.patch(`${appGroups}/${name}${subresource}?fieldManager=${manager}`, 'apply-patch+yaml', body);
  }
  const apply = (manager: string, name: string, workloads: Workload[]) => send(manager, name, { spec: { workloads } });
  const applyOrder = (manager: string, name: string, scheduleOrder: object[]) =>
    send(manager, name, { status: { scheduleOrder } }, '/status');

  const namesOf = (workloads: { name: string }[]) => workloads.map(({ name }) => name);

  test('managers own items of one list, and an item goes with its last owner', async () => {
    await apply('one', 'split', [{ name: 'front' }, { name: 'cart' }]);
    const { body: both } = await apply('two', 'split', [{ name: 'cart' }, { name: 'db' }]);
    expect(namesOf(both.spec.workloads)).toEqual(['front', 'cart', 'db']);
    const { body: left } = await apply('one', 'split', [{ name: 'front' }]);
    expect(namesOf(left.spec.workloads)).toEqual(['front', 'cart', 'db']);
    const { body: gone } = await apply('two', 'split', [{ name: 'db' }]);
    expect(namesOf(gone.spec.workloads)).toEqual(['front', 'db']);
  });

  test('managers own fields of one item, at every depth', async () => {
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'front' };
    await apply('one', 'fields', [{ name: 'front', dependencies: [{ name: 'cart', weight: 3 }] }, { name: 'cart' }]);
    await apply('two', 'fields', [{ name: 'db' }, { name: 'front', workloadRef, dependencies: [{ name: 'db' }] }]);
    const { body } = await apply('one', 'fields', [{ name: 'front' }, { name: 'cart' }]);
    expect(body.spec.workloads).toContainEqual({
      name: 'front',
      workloadRef,
      dependencies: [{ name: 'db', weight: 1 }],
    });
    const owned = body.metadata.managedFields.find(({ manager }: { manager: string }) => manager === 'two');
    expect(owned.fieldsV1).toEqual({
      'f:spec': {
        'f:workloads': {
          'k:{"name":"db"}': { '.': {}, 'f:name': {} },
          'k:{"name":"front"}': {
            '.': {},
            'f:name': {},
            'f:workloadRef': expect.anything(),
            'f:dependencies': { 'k:{"name":"db"}': { '.': {}, 'f:name': {} } },
          },
        },
      },
    });
  });

  test("another manager's field of an item is a conflict that names the item", async () => {
    const calling = (weight: number) => [{ name: 'front', dependencies: [{ name: 'cart', weight }] }, { name: 'cart' }];
    await apply('one', 'contested', calling(3));
    const { code, body } = await apply('two', 'contested', calling(4));
    expect(code).toBe(409);
    expect(body.details.causes).toEqual([
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "one"',
        field: '.spec.workloads[name="front"].dependencies[name="cart"].weight',
      },
    ]);
  });

  test.each([
    ['the order that was applied counts', ['a', 'b', 'c'], ['c', 'a', 'b'], ['c', 'a', 'b']],
    [
      "another's items follow the shared ones that they followed",
      ['a', 'x', 'b', 'y'],
      ['b', 'a'],
      ['x', 'b', 'y', 'a'],
    ],
    ['new items come where they were applied', ['a', 'b'], ['n', 'a', 'm', 'b'], ['n', 'a', 'm', 'b']],
    [
      "another's items keep their place before the next shared one",
      ['x', 'a', 'y', 'b'],
      ['n', 'a', 'b'],
      ['x', 'n', 'a', 'y', 'b'],
    ],
  ])('%s', async (_case, live, applied, wanted) => {
    const name = `order-${live.join('')}-${applied.join('')}`;
    const named = (names: string[]) => names.map((workload) => ({ name: workload }));
    await apply('one', name, named(live));
    const { body } = await apply('two', name, named(applied));
    expect(namesOf(body.spec.workloads)).toEqual(wanted);
  });

  test('items that are atomic are owned as a whole', async () => {
    await apply('one', 'whole', [{ name: 'front' }, { name: 'cart' }]);
    await applyOrder('one', 'whole', [{ workload: 'front', index: 1 }]);
    const { body } = await applyOrder('two', 'whole', [{ workload: 'cart', index: 2 }]);
    expect(body.status.scheduleOrder).toEqual([
      { workload: 'front', index: 1 },
      { workload: 'cart', index: 2 },
    ]);
    const owned = body.metadata.managedFields.find(({ manager }: { manager: string }) => manager === 'two');
    expect(owned.fieldsV1).toEqual({ 'f:status': { 'f:scheduleOrder': { 'k:{"workload":"cart"}': {} } } });
    const refused = await applyOrder('two', 'whole', [{ workload: 'front', index: 2 }]);
    expect(refused.body.details.causes).toMatchObject([{ field: '.status.scheduleOrder[workload="front"]' }]);
  });

  test.each([
    [
      'an item that is there twice',
      [{ name: 'a' }, { name: 'a' }],
      '.spec.workloads: duplicate entries for key [name="a"]',
    ],
    [
      'an item without its key',
      [{ name: 'a' }, { dependencies: [] }],
      '.spec.workloads: element 1: associative list with keys',
    ],
  ])('%s cannot be applied', async (_case, workloads, message) => {
    const { code, body } = await apply('one', 'unkeyed', workloads);
    expect([code, body.status]).toEqual([500, 'Failure']);
    expect(body.message).toContain(message);
  });
}

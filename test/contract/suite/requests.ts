import { expect, test } from 'vitest';
import { makeAppGroup, makePod, type Sandbox } from '#test/contract/sandbox.ts';

const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json';

export function requestTests(sandbox: () => Sandbox): void {
  test('discovery tells names, short names and subresources of the custom resources', async () => {
    const { api } = sandbox();
    const { body: groups } = await api.get('/apis');
    expect(groups.groups.map(({ name }: { name: string }) => name)).toContain('netaware.io');
    const { body } = await api.get('/apis/netaware.io/v1alpha1');
    expect(body).toMatchObject({ kind: 'APIResourceList', groupVersion: 'netaware.io/v1alpha1' });
    expect(body.resources).toContainEqual(
      expect.objectContaining({
        name: 'appgroups',
        singularName: 'appgroup',
        namespaced: true,
        kind: 'AppGroup',
        shortNames: ['ag'],
        categories: ['netaware'],
        verbs: expect.arrayContaining(['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']),
      }),
    );
    const names = body.resources.map(({ name }: { name: string }) => name);
    expect(names).toContain('appgroups/status');
  });

  test.each(['/livez', '/readyz', '/version', '/api/v1', '/openapi/v3'])('%s answers', async (path) => {
    expect((await sandbox().api.get(path)).code).toBe(200);
  });

  test('a list of pods comes as a table', async () => {
    const { api, pods } = sandbox();
    await api.post(pods, makePod('tabled', {}, { labels: { set: 'table' } }));
    const { body } = await api.get(`${pods}?labelSelector=set%3Dtable`, TABLE);
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    const columns = body.columnDefinitions.map(({ name }: { name: string }) => name);
    expect(columns.slice(0, 7)).toEqual(['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node']);
    expect(body.rows).toHaveLength(1);
    expect(body.rows[0].cells.slice(0, 3)).toEqual(['tabled', '0/1', 'Pending']);
    expect(body.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'tabled' } });
  });

  test('a custom resource is shown with its printer columns', async () => {
    const { api, appGroups } = sandbox();
    await api.post(appGroups, makeAppGroup('shown'));
    const condition = {
      type: 'Valid',
      status: 'True',
      reason: 'Test',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    await api.patch(`${appGroups}/shown/status`, 'merge-patch+json', { status: { conditions: [condition] } });
    const { body } = await api.get(`${appGroups}/shown`, TABLE);
    expect(body.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
      'Name',
      'Ordering',
      'Requirements',
      'Valid',
      'Age',
    ]);
    expect(body.rows[0].cells.slice(0, 4)).toEqual(['shown', 'Traffic', 'Majority', 'True']);
  });

  test('an object that is not there is a Status', async () => {
    const { api, pods, appGroups } = sandbox();
    const { code, body } = await api.get(`${pods}/nothing`);
    expect([code, body.kind, body.reason, body.message]).toEqual([
      404,
      'Status',
      'NotFound',
      'pods "nothing" not found',
    ]);
    const custom = await api.get(`${appGroups}/nothing`);
    expect(custom.body.message).toBe('appgroups.netaware.io "nothing" not found');
    expect(custom.body.details).toMatchObject({ name: 'nothing', group: 'netaware.io', kind: 'appgroups' });
  });

  test.each(['/apis/netaware.io/v1alpha1/nothings', '/apis/nothing.example.com/v1', '/nowhere'])(
    'the unknown path %s is not found',
    async (path) => {
      expect((await sandbox().api.get(path)).code).toBe(404);
    },
  );

  test.each([
    ['malformed JSON', '{"kind":', 'application/json', 400],
    ['a body that is not an object', '[]', 'application/json', 400],
    [
      'another kind than the path names',
      '{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"}}',
      'application/json',
      400,
    ],
    ['an unknown content type', '{}', 'text/plain', 415],
  ])('%s is refused', async (_case, body, contentType, wanted) => {
    const { api, pods } = sandbox();
    const answer = await api.send('POST', pods, body, contentType);
    expect([answer.code, answer.body.kind]).toEqual([wanted, 'Status']);
  });

  test('a verb that the resource does not have is refused', async () => {
    const { api, pods } = sandbox();
    const { code, body } = await api.put(pods, {});
    expect([code, body.reason]).toEqual([405, 'MethodNotAllowed']);
  });

  test('a name that is none is refused', async () => {
    const { api, pods } = sandbox();
    const { code, body } = await api.post(pods, makePod('Not_A_Name'));
    expect(code).toBe(422);
    expect(body.message).toContain('metadata.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain must');
  });
}

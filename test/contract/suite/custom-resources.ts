import { expect, test } from 'vitest';
import { makeAppGroup, type Sandbox } from '#test/contract/sandbox.ts';

export function customResourceTests(sandbox: () => Sandbox): void {
  test.each([
    [
      'a required field that is missing',
      { workloads: [{ name: 'front' }, {}] },
      { reason: 'FieldValueRequired', field: 'spec.workloads[1].name', message: 'Required value' },
    ],
    [
      'a value of the wrong type',
      { workloads: [{ name: 'front', dependencies: [{ name: 'cart', weight: 'heavy' }] }] },
      {
        reason: 'FieldValueTypeInvalid',
        field: 'spec.workloads[0].dependencies[0].weight',
        message: expect.stringMatching(/^Invalid value: "string": .* must be of type integer: "string"$/),
      },
    ],
    [
      'a value that is none of the enumerated',
      { ordering: 'Random' },
      {
        reason: 'FieldValueNotSupported',
        field: 'spec.ordering',
        message: expect.stringContaining('Unsupported value: "Random": supported values: '),
      },
    ],
    [
      'a number below the minimum',
      { workloads: [{ name: 'front', dependencies: [{ name: 'cart', weight: 0 }] }] },
      {
        reason: 'FieldValueInvalid',
        field: 'spec.workloads[0].dependencies[0].weight',
        message: expect.stringMatching(/^Invalid value: 0: .* should be greater than or equal to 1$/),
      },
    ],
    [
      'a text that does not match the pattern',
      { workloads: [{ name: 'Front' }] },
      {
        reason: 'FieldValueInvalid',
        field: 'spec.workloads[0].name',
        message: expect.stringMatching(/^Invalid value: "Front": spec.workloads\[0\].name in body should match '/),
      },
    ],
    [
      'a list that is too short',
      { workloads: [] },
      {
        reason: 'FieldValueInvalid',
        field: 'spec.workloads',
        message: expect.stringContaining('should have at least 1 items'),
      },
    ],
    [
      'a list that is too long',
      { workloads: Array.from({ length: 201 }, (_, index) => ({ name: `w${index}` })) },
      {
        reason: 'FieldValueTooMany',
        field: 'spec.workloads',
        message: expect.stringMatching(/^Too many: 201: must have at most 200 items$/),
      },
    ],
  ])('%s is refused, and the answer names the field', async (_case, spec, cause) => {
    const { api, appGroups } = sandbox();
    const { code, body } = await api.post(appGroups, makeAppGroup('refused', spec));
    expect(code).toBe(422);
    expect(body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Invalid', code: 422 });
    expect(body.message).toMatch(/^AppGroup\.netaware\.io "refused" is invalid: /);
    expect(body.details).toMatchObject({ name: 'refused', group: 'netaware.io', kind: 'AppGroup' });
    expect(body.details.causes).toContainEqual(cause);
  });

  test('defaults are filled in, at every depth', async () => {
    const { api, appGroups } = sandbox();
    const workloads = [{ name: 'front', dependencies: [{ name: 'cart' }] }, { name: 'cart' }];
    const { body } = await api.post(appGroups, makeAppGroup('defaulted', { workloads }));
    expect(body.spec).toEqual({
      ordering: 'Traffic',
      requirements: 'Majority',
      unknownLinks: 'Pass',
      workloads: [
        { name: 'front', dependencies: [{ name: 'cart', weight: 1 }] },
        { name: 'cart', dependencies: [] },
      ],
    });
  });

  test('an unknown field is pruned with a warning, and refused where the client is strict', async () => {
    const { api, appGroups } = sandbox();
    const { code, body, headers } = await api.post(appGroups, makeAppGroup('pruned', { colour: 'red' }));
    expect([code, body.spec.colour]).toEqual([201, undefined]);
    expect(headers.get('warning')).toContain('unknown field \\"spec.colour\\"');
    const strict = await api.post(`${appGroups}?fieldValidation=Strict`, makeAppGroup('strict', { colour: 'red' }));
    expect([strict.code, strict.body.reason]).toEqual([400, 'BadRequest']);
    expect(strict.body.message).toContain('strict decoding error: unknown field "spec.colour"');
  });

  test('a quantity is a number or a text', async () => {
    const { api, appGroups } = sandbox();
    const needing = (minBandwidth: unknown) => ({
      workloads: [{ name: 'a', dependencies: [{ name: 'b', minBandwidth }] }, { name: 'b' }],
    });
    expect((await api.post(appGroups, makeAppGroup('text', needing('20M')))).code).toBe(201);
    expect((await api.post(appGroups, makeAppGroup('number', needing(20)))).code).toBe(201);
    expect((await api.post(appGroups, makeAppGroup('neither', needing(true)))).code).toBe(422);
  });

  test('the generation counts changes of the spec, and status and spec are written apart', async () => {
    const { api, appGroups } = sandbox();
    const path = `${appGroups}/counted`;
    const status = { observedGeneration: 1 };
    const { body: created } = await api.post(appGroups, { ...makeAppGroup('counted'), status });
    expect([created.metadata.generation, created.status]).toEqual([1, undefined]);

    const patch = { spec: { ordering: 'Kahn' }, status };
    const { body: viaStatus } = await api.patch(`${path}/status`, 'merge-patch+json', patch);
    expect([viaStatus.metadata.generation, viaStatus.spec.ordering, viaStatus.status]).toEqual([1, 'Traffic', status]);
    const { body: viaMain } = await api.patch(path, 'merge-patch+json', {
      ...patch,
      status: { observedGeneration: 7 },
    });
    expect([viaMain.metadata.generation, viaMain.spec.ordering, viaMain.status]).toEqual([2, 'Kahn', status]);
    const { body: labelled } = await api.patch(path, 'merge-patch+json', { metadata: { labels: { a: 'b' } } });
    expect(labelled.metadata.generation).toBe(2);
  });

  test('a status is validated too', async () => {
    const { api, appGroups } = sandbox();
    await api.post(appGroups, makeAppGroup('judged'));
    const status = { scheduleOrder: [{ workload: 'front', index: 0 }] };
    const { code, body } = await api.patch(`${appGroups}/judged/status`, 'merge-patch+json', { status });
    expect(code).toBe(422);
    expect(body.details.causes).toMatchObject([{ field: 'status.scheduleOrder[0].index' }]);
  });

  test('a new definition is served', async () => {
    const { api, uniqueName } = sandbox();
    const plural = uniqueName('things').replace('-', '');
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.contract.example.com` },
      spec: {
        group: 'contract.example.com',
        scope: 'Cluster',
        names: { kind: `Kind${plural}`, listKind: `Kind${plural}List`, plural, singular: `one${plural}` },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    expect((await api.post(definitions, definition)).code).toBe(201);
    await expect
      .poll(async () => (await api.get(`/apis/contract.example.com/v1/${plural}`)).code, { timeout: 15_000 })
      .toBe(200);
    expect((await api.delete(`${definitions}/${plural}.contract.example.com`)).code).toBe(200);
  });
}

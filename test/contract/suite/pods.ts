import { expect, test } from 'vitest';
import { makePod, type Sandbox } from '#test/contract/sandbox.ts';

export function podTests(sandbox: () => Sandbox): void {
  const bindingTo = (pod: string, node: string) => ({
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: pod },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  });
  const conditionsOf = (pod: { status: { conditions?: Record<string, string>[] } }) =>
    (pod.status.conditions ?? []).map(({ type, status, reason }) => ({ type, status, reason }));

  test('a new pod is pending and has the defaults', async () => {
    const { api, pods } = sandbox();
    const { code, body } = await api.post(pods, makePod('fresh'));
    expect(code).toBe(201);
    expect(body.spec).toMatchObject({
      schedulerName: 'default-scheduler',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
    });
    expect(body.status.phase).toBe('Pending');
  });

  test('a pod without containers, and a container without a name, are refused', async () => {
    const { api, pods } = sandbox();
    const none = await api.post(pods, makePod('bare', { containers: [] }));
    expect([none.code, none.body.message]).toEqual([422, 'Pod "bare" is invalid: spec.containers: Required value']);
    const unnamed = await api.post(pods, makePod('unnamed', { containers: [{ image: 'example/app:1' }] }));
    expect(unnamed.body.details.causes).toContainEqual({
      reason: 'FieldValueRequired',
      message: 'Required value',
      field: 'spec.containers[0].name',
    });
  });

  test('a binding sets the node and the condition PodScheduled, once', async () => {
    const { api, pods } = sandbox();
    await api.post(pods, makePod('bound'));
    expect((await api.post(`${pods}/bound/binding`, bindingTo('bound', 'node-1'))).code).toBe(201);
    const { body: pod } = await api.get(`${pods}/bound`);
    expect(pod.spec.nodeName).toBe('node-1');
    expect(conditionsOf(pod)).toContainEqual({ type: 'PodScheduled', status: 'True', reason: undefined });

    const { code, body } = await api.post(`${pods}/bound/binding`, bindingTo('bound', 'node-2'));
    expect([code, body.reason]).toEqual([409, 'Conflict']);
    expect(body.message).toContain('pod bound is already assigned to node "node-1"');
  });

  test('a gated pod says so, is not bound, and loses but never gains gates', async () => {
    const { api, pods } = sandbox();
    const { body: gated } = await api.post(pods, makePod('gated', { schedulingGates: [{ name: 'example.com/wait' }] }));
    expect(conditionsOf(gated)).toEqual([{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }]);
    expect((await api.post(`${pods}/gated/binding`, bindingTo('gated', 'node-1'))).code).toBe(409);

    const more = [{ op: 'add', path: '/spec/schedulingGates/-', value: { name: 'example.com/more' } }];
    const refused = await api.patch(`${pods}/gated`, 'json-patch+json', more);
    expect(refused.code).toBe(422);
    expect(refused.body.message).toContain('spec.schedulingGates[1].name: Forbidden: only deletion is allowed');
    const opened = await api.patch(`${pods}/gated`, 'merge-patch+json', { spec: { schedulingGates: null } });
    expect([opened.code, opened.body.spec.schedulingGates]).toEqual([200, undefined]);
    expect((await api.post(`${pods}/gated/binding`, bindingTo('gated', 'node-1'))).code).toBe(201);
  });

  test('one gate of several is removed by its name, of the pod that is meant only', async () => {
    const { api, pods } = sandbox();
    const schedulingGates = ['a', 'b', 'c'].map((name) => ({ name: `example.com/${name}` }));
    const { body: gated } = await api.post(pods, makePod('gated-thrice', { schedulingGates }));
    const without = (uid: string) =>
      api.patch(`${pods}/gated-thrice`, 'strategic-merge-patch+json', {
        metadata: { uid },
        spec: { schedulingGates: [{ $patch: 'delete', name: 'example.com/b' }] },
      });
    const other = await without('another');
    expect([other.code, other.body.message]).toEqual([
      422,
      expect.stringContaining('metadata.uid: Invalid value: "another": field is immutable'),
    ]);
    for (const _twice of [1, 2]) {
      const { code, body } = await without(gated.metadata.uid);
      expect([code, body.spec.schedulingGates]).toEqual([200, [{ name: 'example.com/a' }, { name: 'example.com/c' }]]);
    }
    expect((await api.post(`${pods}/gated-thrice/binding`, bindingTo('gated-thrice', 'node-1'))).code).toBe(409);
  });

  test('the last gate is removed by its name', async () => {
    const { api, pods } = sandbox();
    await api.post(pods, makePod('gated-once', { schedulingGates: [{ name: 'example.com/a' }] }));
    const gone = { spec: { schedulingGates: [{ $patch: 'delete', name: 'example.com/a' }] } };
    const { code, body } = await api.patch(`${pods}/gated-once`, 'strategic-merge-patch+json', gone);
    expect([code, body.spec.schedulingGates ?? []]).toEqual([200, []]);
    expect((await api.post(`${pods}/gated-once/binding`, bindingTo('gated-once', 'node-1'))).code).toBe(201);
  });

  test('a gate cannot be had with a node', async () => {
    const { api, pods } = sandbox();
    const spec = { nodeName: 'node-1', schedulingGates: [{ name: 'example.com/a' }] };
    const { code, body } = await api.post(pods, makePod('placed-gated', spec));
    expect([code, body.message]).toEqual([
      422,
      expect.stringContaining('spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'),
    ]);
  });

  test('what is fixed in a spec cannot be changed', async () => {
    const { api, pods } = sandbox();
    await api.post(pods, makePod('fixed'));
    const { code, body } = await api.patch(`${pods}/fixed`, 'merge-patch+json', { spec: { nodeName: 'node-1' } });
    expect(code).toBe(422);
    expect(body.message).toContain('spec: Forbidden: pod updates may not change fields other than');
  });

  test('the status is written by its subresource only, and the spec never by it', async () => {
    const { api, pods } = sandbox();
    await api.post(pods, makePod('running'));
    await api.patch(`${pods}/running`, 'merge-patch+json', { status: { phase: 'Running' } });
    expect((await api.get(`${pods}/running`)).body.status.phase).toBe('Pending');
    const { code, body } = await api.patch(`${pods}/running/status`, 'strategic-merge-patch+json', {
      spec: { nodeName: 'elsewhere' },
      status: { phase: 'Running', podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] },
    });
    expect(code).toBe(200);
    expect(body.status).toMatchObject({ phase: 'Running', podIP: '10.1.2.3' });
    expect(body.spec.nodeName).toBeUndefined();
  });

  test('a pod without a node goes at once, a bound one when its kubelet deletes it without grace', async () => {
    const { api, pods } = sandbox();
    await api.post(pods, makePod('unbound'));
    expect((await api.delete(`${pods}/unbound`)).code).toBe(200);
    expect((await api.get(`${pods}/unbound`)).code).toBe(404);

    await api.post(pods, makePod('leaving', { nodeName: 'node-1' }));
    await api.delete(`${pods}/leaving`);
    const { body: leaving } = await api.get(`${pods}/leaving`);
    expect(leaving.metadata).toMatchObject({ deletionTimestamp: expect.any(String), deletionGracePeriodSeconds: 30 });
    await api.delete(`${pods}/leaving`, { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 });
    expect((await api.get(`${pods}/leaving`)).code).toBe(404);
  });

  test('a node is created with its status, and its status is changed by itself', async () => {
    const { api, uniqueName } = sandbox();
    const name = uniqueName('node');
    const capacity = { cpu: '4', memory: '8Gi', pods: '110' };
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { capacity } };
    const { code, body: created } = await api.post('/api/v1/nodes', node);
    expect(code).toBe(201);
    expect(created.status).toMatchObject({ capacity, allocatable: capacity });

    const ready = { type: 'Ready', status: 'True', reason: 'Test', message: 'ready' };
    const path = `/api/v1/nodes/${name}`;
    await api.patch(`${path}/status`, 'strategic-merge-patch+json', { status: { conditions: [ready] } });
    await api.patch(path, 'merge-patch+json', { spec: { unschedulable: true } });
    const { body: changed } = await api.get(path);
    expect(changed.status.conditions).toMatchObject([ready]);
    expect(changed.spec.unschedulable).toBe(true);
    expect((await api.delete(path)).code).toBe(200);
  });
}

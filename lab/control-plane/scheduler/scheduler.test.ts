import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { schedulerProfile } from '#lab/control-plane/scheduler/profile.ts';
import { startScheduler } from '#lab/control-plane/scheduler/scheduler.ts';
import { createLogger } from '#runtime/logger.ts';
import { type Api, createApi, type Json } from '#test/contract/api-connection.ts';
import { makePod, until } from '#test/contract/sandbox.ts';

const PODS = '/api/v1/namespaces/default/pods';
const logger = createLogger('test', 'silent');

interface ExtenderCall {
  verb: string;
  args: Json;
}

describe('the scheduler', () => {
  let server: ApiServer;
  let api: Api;
  let stops: (() => Promise<unknown>)[];

  beforeEach(async () => {
    server = await startApiServer({ host: '127.0.0.1', port: 0, logger });
    api = createApi({ baseUrl: server.url, fetch, close: async () => {} });
    stops = [() => server.close()];
  });
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  function schedule(profile: object = {}, seed = 1): void {
    const profiles = [schedulerProfile.parse({ schedulerName: 'default-scheduler', ...profile })];
    const scheduler = startScheduler({ apiServerUrl: server.url, profiles, seed, logger });
    stops.push(() => scheduler.close());
  }

  /** An extender whose answers are what `answer` returns: an object is sent as JSON, a number is an HTTP status. */
  async function startExtender(
    answer: (call: ExtenderCall) => unknown,
  ): Promise<{ urlPrefix: string; calls: ExtenderCall[] }> {
    const calls: ExtenderCall[] = [];
    const extender = createServer(async (request, response) => {
      const call = { verb: request.url?.split('/').at(-1) ?? '', args: await json(request) };
      calls.push(call);
      const answered = answer(call);
      if (typeof answered === 'number') response.statusCode = answered;
      response.end(JSON.stringify(answered));
    });
    await new Promise<void>((resolve) => extender.listen(0, '127.0.0.1', resolve));
    stops.push(
      () =>
        new Promise((resolve) => {
          extender.close(resolve);
          extender.closeAllConnections();
        }),
    );
    return { urlPrefix: `http://127.0.0.1:${(extender.address() as AddressInfo).port}/scheduler`, calls };
  }

  async function addNodes(...names: string[]): Promise<void> {
    for (const name of names) {
      const status = {
        capacity: { cpu: '4', memory: '8Gi', pods: '110' },
        conditions: [{ type: 'Ready', status: 'True' }],
      };
      await api.post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name }, status });
    }
  }

  const asking = (name: string, cpu: string, spec: object = {}) => {
    const containers = [{ name: 'app', image: 'example/app:1', resources: { requests: { cpu, memory: '64Mi' } } }];
    return makePod(name, { containers, ...spec });
  };

  async function placeOf(name: string): Promise<string> {
    let nodeName: string | undefined;
    await until(`${name} to be bound`, async () => {
      nodeName = (await api.get(`${PODS}/${name}`)).body.spec.nodeName;
      return nodeName !== undefined;
    });
    return nodeName ?? '';
  }

  async function waitUnschedulable(name: string, reason = 'Unschedulable'): Promise<Json> {
    let condition: Json;
    await until(`${name} to be ${reason}`, async () => {
      const { body } = await api.get(`${PODS}/${name}`);
      condition = body.status.conditions?.find((candidate: Json) => candidate.reason === reason);
      return condition !== undefined;
    });
    return condition;
  }

  test('spreads pods by what nodes have free, and tells by events', async () => {
    await addNodes('n1', 'n2');
    schedule();
    for (const name of ['a', 'b', 'c', 'd']) await api.post(PODS, asking(name, '1'));
    const places = await Promise.all(['a', 'b', 'c', 'd'].map(placeOf));
    expect(places.filter((place) => place === 'n1')).toHaveLength(2);
    const events = '/api/v1/namespaces/default/events?fieldSelector=reason%3DScheduled';
    await until('four events', async () => (await api.get(events)).body.items.length === 4);
    const { body } = await api.get(`${events},involvedObject.name%3Da`);
    expect(body.items[0]).toMatchObject({ type: 'Normal', message: `Successfully assigned default/a to ${places[0]}` });
  });

  test('says why a pod fits nowhere, and places it once there is room', async () => {
    await addNodes('n1', 'n2');
    schedule();
    await api.post(PODS, asking('large', '3'));
    await api.post(PODS, asking('larger', '6'));
    await placeOf('large');
    expect(await waitUnschedulable('larger')).toMatchObject({
      type: 'PodScheduled',
      status: 'False',
      message: '0/2 nodes are available: 2 Insufficient cpu.',
    });
    await api.patch('/api/v1/nodes/n2/status', 'merge-patch+json', { status: { allocatable: { cpu: '16' } } });
    expect(await placeOf('larger')).toBe('n2');
  });

  test('leaves gated pods and those of other schedulers alone', async () => {
    await addNodes('n1');
    await api.post(PODS, asking('gated', '1', { schedulingGates: [{ name: 'netaware.io/ordered' }] }));
    await api.post(PODS, asking('foreign', '1', { schedulerName: 'other' }));
    schedule();
    await api.post(PODS, asking('plain', '1'));
    await placeOf('plain');
    for (const name of ['gated', 'foreign']) {
      expect((await api.get(`${PODS}/${name}`)).body.spec.nodeName).toBeUndefined();
    }
    await api.patch(`${PODS}/gated`, 'merge-patch+json', { spec: { schedulingGates: null } });
    expect(await placeOf('gated')).toBe('n1');
  });

  test.each([
    [true, { Nodes: null, NodeNames: ['n1', 'n2', 'n3'] }],
    [
      false,
      {
        NodeNames: null,
        Nodes: { items: [{ metadata: { name: 'n1' } }, { metadata: { name: 'n2' } }, { metadata: { name: 'n3' } }] },
      },
    ],
  ])('asks extenders as kube-scheduler does, nodeCacheCapable %j', async (nodeCacheCapable, nodes) => {
    await addNodes('n1', 'n2', 'n3');
    const extender = await startExtender(({ verb }) =>
      verb === 'filter'
        ? {
            ...nodes,
            NodeNames: nodes.NodeNames?.slice(0, 2) ?? null,
            Nodes: nodes.Nodes && { items: nodes.Nodes.items.slice(0, 2) },
            FailedAndUnresolvableNodes: { n3: 'too far' },
            Error: '',
          }
        : [
            { Host: 'n1', Score: 0 },
            { Host: 'n2', Score: 10 },
          ],
    );
    schedule({ extenders: [{ ...extender, filterVerb: 'filter', prioritizeVerb: 'prioritize', nodeCacheCapable }] });
    await api.post(PODS, asking('p', '1'));
    expect(await placeOf('p')).toBe('n2');
    const [filter, prioritize] = extender.calls;
    expect(filter?.args.Pod.metadata.name).toBe('p');
    const offered = filter?.args.NodeNames ?? filter?.args.Nodes.items.map((node: Json) => node.metadata.name);
    expect(offered).toEqual(['n1', 'n2', 'n3']);
    expect(filter?.args[nodeCacheCapable ? 'Nodes' : 'NodeNames']).toBeNull();
    const scored = prioritize?.args.NodeNames ?? prioritize?.args.Nodes.items.map((node: Json) => node.metadata.name);
    expect(scored).toEqual(['n1', 'n2']);
  });

  test('adds score times weight times ten, which outweighs the rest', async () => {
    await addNodes('full', 'free');
    await api.post(PODS, asking('there', '3', { nodeName: 'full' }));
    const extender = await startExtender(() => [{ Host: 'full', Score: 1 }]);
    const extenders = [{ ...extender, prioritizeVerb: 'prioritize', nodeCacheCapable: true, weight: 20 }];
    schedule({ extenders });
    await api.post(PODS, asking('p', '500m'));
    expect(await placeOf('p')).toBe('full');
  });

  test('does not ask for scores where one node is left', async () => {
    await addNodes('n1', 'n2');
    await api.patch('/api/v1/nodes/n2', 'merge-patch+json', { spec: { unschedulable: true } });
    const extender = await startExtender(() => []);
    schedule({ extenders: [{ ...extender, prioritizeVerb: 'prioritize', nodeCacheCapable: true }] });
    await api.post(PODS, asking('p', '1'));
    expect(await placeOf('p')).toBe('n1');
    expect(extender.calls).toEqual([]);
  });

  test.each([
    ['answers 500', 500],
    ['tells an error', { NodeNames: null, Error: 'no data' }],
    ['names a node that was not offered', { NodeNames: ['elsewhere'] }],
  ])('does not place a pod while a filter %s, unless it is ignorable', async (_case, answer) => {
    await addNodes('n1', 'n2');
    const extender = await startExtender(() => answer);
    const extenderConfig = { ...extender, filterVerb: 'filter', nodeCacheCapable: true };
    schedule({ extenders: [extenderConfig] });
    schedule({ schedulerName: 'lenient', extenders: [{ ...extenderConfig, ignorable: true }] });
    await api.post(PODS, asking('strict', '1'));
    await api.post(PODS, asking('lenient', '1', { schedulerName: 'lenient' }));
    await placeOf('lenient');
    await waitUnschedulable('strict', 'SchedulerError');
    expect((await api.get(`${PODS}/strict`)).body.spec.nodeName).toBeUndefined();
  });

  test('passes on the reasons of an extender that rejects every node', async () => {
    await addNodes('n1', 'n2');
    const extender = await startExtender(() => ({ NodeNames: [], FailedNodes: { n1: 'too far', n2: 'too far' } }));
    schedule({ extenders: [{ ...extender, filterVerb: 'filter', nodeCacheCapable: true }] });
    await api.post(PODS, asking('p', '1'));
    expect((await waitUnschedulable('p')).message).toBe('0/2 nodes are available: 2 too far.');
  });

  test.each([
    ['answers 500', 500],
    ['gives a fraction', [{ Host: 'n1', Score: 0.5 }]],
    ['answers null', null],
  ])('ignores a prioritize that %s', async (_case, answer) => {
    await addNodes('n1', 'n2');
    const extender = await startExtender(() => answer);
    schedule({ extenders: [{ ...extender, prioritizeVerb: 'prioritize', nodeCacheCapable: true }] });
    await api.post(PODS, asking('p', '1'));
    await placeOf('p');
    expect(extender.calls).toHaveLength(1);
  });

  test('gives the same pods the same places for a seed, and others for another', async () => {
    const places = async (seed: number): Promise<string[]> => {
      await addNodes('n1', 'n2', 'n3', 'n4', 'n5');
      for (let index = 0; index < 12; index += 1) await api.post(PODS, asking(`p${index}`, '100m'));
      schedule({}, seed);
      const found = await Promise.all(Array.from({ length: 12 }, (_, index) => placeOf(`p${index}`)));
      await stops.pop()?.();
      await api.delete('/api/v1/nodes');
      for (let index = 0; index < 12; index += 1) await api.delete(`${PODS}/p${index}`, { gracePeriodSeconds: 0 });
      return found;
    };
    const first = await places(7);
    expect(await places(7)).toEqual(first);
    expect(await places(8)).not.toEqual(first);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AppGroupView, appGroupsView } from '#core/api/app-group-view.ts';
import { createHttpApp } from '#runtime/http-server.ts';
import { createLogger } from '#runtime/logger.ts';
import { createMetricsRegistry } from '#runtime/metrics.ts';
import { makeGroup, NOW } from '#test/builders.ts';
import { observedGroup } from './observed-group.ts';
import { appGroupsHandler } from './routes.ts';

let synced: boolean;
let url: string;
let close: () => Promise<void>;

const valid = { type: 'Valid', status: 'False', reason: 'InvalidSpec', message: 'bad', lastTransitionTime: NOW };
const plan = {
  assignments: [{ workload: 'web', replica: 0, node: 'n1' }],
  costPartsPerMillion: 5,
  lowerBoundPartsPerMillion: 4,
  calculatedAt: NOW,
};
const shop = makeGroup('shop', { web: {} });
const groups = [
  { ...shop, metadata: { name: 'shop', namespace: 'store', generation: 3 }, status: { observedGeneration: 3, plan } },
  { metadata: { name: 'broken', namespace: 'store' }, spec: { workloads: [] }, status: { conditions: [valid] } },
  { ...shop, metadata: { name: 'shop', namespace: 'bank' } },
].map((group) => observedGroup.parse(group));

beforeAll(async () => {
  const { app, listen } = createHttpApp({
    logger: createLogger('test', 'silent'),
    registry: createMetricsRegistry(),
    notReady: () => undefined,
    bodyLimitBytes: 1000,
  });
  app.get('/v1/appgroups', appGroupsHandler({ views: () => groups, synced: () => synced }));
  const server = await listen('127.0.0.1', 0);
  url = `http://127.0.0.1:${server.port}`;
  close = () => server.close();
});
afterAll(() => close());
beforeEach(() => {
  synced = true;
});

async function ask(query: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}/v1/appgroups${query}`);
  return { status: response.status, body: await response.json() };
}

async function viewsFor(query: string): Promise<AppGroupView[]> {
  return appGroupsView.parse((await ask(query)).body).appGroups;
}

describe('GET /v1/appgroups', () => {
  it.each([
    ['', ['bank/shop', 'store/broken', 'store/shop']],
    ['?namespace=store', ['store/broken', 'store/shop']],
    ['?name=shop', ['bank/shop', 'store/shop']],
    ['?namespace=store&name=shop', ['store/shop']],
    ['?namespace=nowhere', []],
  ])('with "%s" tells %j', async (query, want) => {
    expect((await viewsFor(query)).map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(want);
  });

  it('passes spec and status on as they are, and no spec where it cannot be followed', async () => {
    const [broken, followed] = await viewsFor('?namespace=store');
    expect(followed).toEqual({
      namespace: 'store',
      name: 'shop',
      generation: 3,
      spec: shop.spec,
      status: { observedGeneration: 3, plan },
    });
    expect(broken).toEqual({ namespace: 'store', name: 'broken', status: { conditions: [valid] } });
  });

  it('refuses a query that it cannot read, and asks for patience until all groups were listed', async () => {
    expect(await ask('?name=')).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^query: name: /) },
    });
    expect((await ask('?name=a&name=b')).status).toBe(400);
    synced = false;
    expect(await ask('')).toEqual({ status: 503, body: { error: 'reading the AppGroups' } });
  });
});

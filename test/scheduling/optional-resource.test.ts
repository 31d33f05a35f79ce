import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { networkOverheadDefinitions } from '#benchmark/scheduler/network-overhead-objects.ts';
import { DIKTYO_GROUPS_PATH } from '#core/api/diktyo.ts';
import { AppError } from '#core/errors.ts';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { labKubeConfig } from '#lab/kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from '#runtime/kubernetes/client.ts';
import { watchOptionalResource } from '#runtime/kubernetes/optional-resource.ts';
import type { ResourceCache } from '#runtime/kubernetes/resource-cache.ts';
import { createLogger } from '#runtime/logger.ts';
import { APP_GROUP } from '#test/diktyo/two-regions.ts';

const WAIT = { timeout: 20_000, interval: 10 };
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const OBJECTS = DIKTYO_GROUPS_PATH.replace('/appgroups', '/namespaces/default/appgroups');
const schema = z.object({ metadata: z.object({ name: z.string() }) });
const logger = createLogger('test', 'silent');

let api: ApiServer;
let client: KubernetesClient;
let cache: ResourceCache<z.output<typeof schema>> | undefined;
const warn = vi.spyOn(logger, 'warn');
const onChange = vi.fn();

beforeEach(async () => {
  warn.mockClear();
  onChange.mockClear();
  api = await startApiServer({ host: '127.0.0.1', port: 0, logger: createLogger('test', 'silent') });
  client = createKubernetesClient(labKubeConfig({ server: api.url }), { timeoutMs: 10_000 });
});

afterEach(async () => {
  await cache?.stop();
  await api.close();
});

function watch(options: { client?: KubernetesClient } = {}) {
  cache = watchOptionalResource({ client, path: DIKTYO_GROUPS_PATH, schema, logger, onChange, lookMs: 30, ...options });
  return cache;
}

async function define(): Promise<void> {
  for (const definition of networkOverheadDefinitions()) await client.create(DEFINITIONS, definition);
  await vi.waitFor(() => client.create(OBJECTS, APP_GROUP), WAIT);
}

const names = () => cache?.list().map(({ metadata }) => metadata.name);

it('a resource that is not served has no objects, and nobody waits or hears of it', async () => {
  const absent = watch();
  expect(absent.synced()).toBe(false);
  await vi.waitFor(() => expect(absent.synced()).toBe(true), WAIT);
  expect({ changes: onChange.mock.calls, names: names(), warnings: warn.mock.calls }).toEqual({
    changes: [[]],
    names: [],
    warnings: [],
  });
});

it('is seen when its definition is installed later, and its objects go with the definition', async () => {
  const late = watch();
  await vi.waitFor(() => expect(late.synced()).toBe(true), WAIT);
  await define();
  await vi.waitFor(() => expect(names()).toEqual(['shop']), WAIT);
  onChange.mockClear();
  await client.delete(`${DEFINITIONS}/appgroups.appgroup.diktyo.x-k8s.io`);
  await vi.waitFor(() => expect(names()).toEqual([]), WAIT);
  const gone = onChange.mock.calls.filter(([before, after]) => before !== undefined && after === undefined);
  expect(gone).toEqual([[{ metadata: { name: 'shop' } }]]);
  expect(late.synced()).toBe(true);
});

it('is synced only with its objects where it is served from the beginning', async () => {
  await define();
  const served = watch();
  await vi.waitFor(() => expect(served.synced()).toBe(true), WAIT);
  expect(names()).toEqual(['shop']);
});

it('is gone without, where it may not be read: that is said once', async () => {
  const get = vi.fn(() => Promise.reject(new AppError('FORBIDDEN', 'not for you')));
  const forbidden = watch({ client: { ...client, get } });
  await vi.waitFor(() => expect(get.mock.calls.length).toBeGreaterThan(3), WAIT);
  expect(forbidden.synced()).toBe(true);
  expect(warn).toHaveBeenCalledTimes(1);
});

it('is waited for while the API server is away', async () => {
  const get = vi.fn(() => Promise.reject(new AppError('UNAVAILABLE', 'away')));
  const unknown = watch({ client: { ...client, get } });
  await vi.waitFor(() => expect(get.mock.calls.length).toBeGreaterThan(1), WAIT);
  expect(unknown.synced()).toBe(false);
  get.mockImplementation(() => Promise.reject(new AppError('NOT_FOUND', 'no such resource')));
  await vi.waitFor(() => expect(unknown.synced()).toBe(true), WAIT);
});

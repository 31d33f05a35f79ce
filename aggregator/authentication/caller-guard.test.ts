import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCallerGuard } from '#aggregator/authentication/caller-guard.ts';
import { createAggregatorMetrics } from '#aggregator/metrics.ts';
import { createHttpApp, type HttpServer } from '#runtime/http-server.ts';
import { createKubernetesClient } from '#runtime/kubernetes/client.ts';
import { PooledKubeConfig } from '#runtime/kubernetes/pooled-kube-config.ts';
import { createLogger } from '#runtime/logger.ts';

const AGENT = 'system:serviceaccount:netaware:agent';
const NODE_A = { 'authentication.kubernetes.io/node-name': ['a'] };
const good = { authenticated: true, audiences: ['netaware'], user: { username: AGENT, extra: NODE_A } };

/** Answers of a kube-apiserver by token; any other is told to be wrong, in the words of one. */
const STATUSES: Record<string, object> = {
  'of-a': good,
  'no-audience': { ...good, audiences: undefined },
  'other-audience': { ...good, audiences: ['https://kubernetes.default.svc'] },
  'other-account': { ...good, user: { username: 'system:serviceaccount:default:default', extra: NODE_A } },
  'no-node': { ...good, user: { username: AGENT } },
  'of-the-extender': { ...good, user: { username: 'system:serviceaccount:netaware:scheduler' } },
  'a-user': { ...good, user: undefined },
};

let api: Server;
let apiStatus: number;
let reviewed: unknown[];
let server: HttpServer;
let registry: Registry;
let url: string;

beforeEach(async () => {
  reviewed = [];
  apiStatus = 201;
  api = createServer(async (request, response) => {
    const review = (await json(request)) as { spec: { token: string } };
    reviewed.push({ path: request.url, method: request.method, ...review });
    const status = STATUSES[review.spec.token] ?? { user: {}, error: '[invalid bearer token, token lookup failed]' };
    response.writeHead(apiStatus).end(JSON.stringify(apiStatus === 201 ? { ...review, status } : { message: 'no' }));
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const logger = createLogger('test', 'silent');
  const kubeConfig = new PooledKubeConfig();
  const apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  kubeConfig.loadFromClusterAndUser({ name: 'test', server: apiUrl, skipTLSVerify: true }, { name: 'test' });
  registry = new Registry();
  const guard = createCallerGuard({
    client: createKubernetesClient(kubeConfig, { timeoutMs: 5000 }),
    audience: 'netaware',
    serviceAccount: { namespace: 'netaware', name: 'agent' },
    extenderServiceAccount: { namespace: 'netaware', name: 'scheduler' },
    metrics: createAggregatorMetrics(registry),
    logger,
  });
  const notReady = () => undefined;
  const http = createHttpApp({ logger, registry, notReady, bodyLimitBytes: 1000, guard: guard.authenticate });
  http.app.use(guard.demandOwnNode);
  http.app.all('/v1/*path', (_request, response) => void response.json('told'));
  server = await http.listen('127.0.0.1', 0);
  url = `http://127.0.0.1:${server.port}`;
});

afterEach(async () => {
  await server.close();
  api.close();
  api.closeAllConnections();
});

async function ask(path: string, options: { token?: string; method?: string; body?: unknown } = {}) {
  const { token, method = options.body === undefined ? 'GET' : 'POST', body } = options;
  const response = await fetch(url + path, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), scheme: response.headers.get('www-authenticate') };
}

async function refusals(): Promise<Record<string, number>> {
  const values = (await registry.getSingleMetric('netaware_aggregator_refused_callers_total')?.get())?.values ?? [];
  return Object.fromEntries(values.map(({ labels, value }) => [labels.reason, value]));
}

describe('the guard of what agents ask and report', () => {
  it("lets the agents' service account pass for its own node, and asks the API server as it wants to be asked", async () => {
    expect(await ask('/v1/probe-plan?node=a', { token: 'of-a' })).toMatchObject({ status: 200, text: '"told"' });
    expect((await ask('/v1/reports', { token: 'of-a', body: { node: 'a' } })).status).toBe(200);
    expect(reviewed).toEqual([
      {
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token: 'of-a', audiences: ['netaware'] },
      },
    ]);
    expect(await refusals()).toEqual({});
  });

  it.each([
    { token: undefined, status: 401, reason: 'noToken', text: /bearer token .* wanted/ },
    { token: 'unheard-of', status: 401, reason: 'badToken', text: /invalid bearer token/ },
    { token: 'no-audience', status: 401, reason: 'otherAudience', text: /not for the audience \\"netaware\\"/ },
    { token: 'other-audience', status: 401, reason: 'otherAudience', text: /not for the audience \\"netaware\\"/ },
    {
      token: 'other-account',
      status: 403,
      reason: 'otherAccount',
      text: /of \\"system:serviceaccount:default:default/,
    },
    {
      token: 'a-user',
      status: 403,
      reason: 'otherAccount',
      text: /of \\"\\", wanted \\"system:serviceaccount:netaware/,
    },
    { token: 'no-node', status: 403, reason: 'noNode', text: /names no node: .*Kubernetes 1\.32 or newer/ },
  ])('refuses $token: $reason, before it reads the body', async ({ token, status, reason, text }) => {
    const answer = await ask('/v1/reports', { ...(token === undefined ? {} : { token }), body: 'no JSON' });
    expect(answer).toEqual({
      status,
      text: expect.stringMatching(text),
      scheme: status === 401 ? 'Bearer' : null,
    });
    expect(await refusals()).toEqual({ [reason]: 1 });
  });

  it.each([
    { name: 'plan', path: '/v1/probe-plan?node=b', method: 'GET' },
    { name: 'plan in other letters', path: '/V1/Probe-Plan/?node=b', method: 'GET' },
    { name: "plan's head", path: '/v1/probe-plan?node=b', method: 'HEAD' },
    { name: 'report', path: '/v1/reports', method: 'POST', body: { node: 'b', measurements: [] } },
  ])("refuses the agent of a node another node's $name", async ({ path, method, body }) => {
    const answer = await ask(path, { token: 'of-a', method, body });
    expect(answer.status).toBe(403);
    if (method !== 'HEAD') {
      expect(JSON.parse(answer.text)).toEqual({
        error: 'the agent of node a speaks for that node only, not for b',
      });
    }
    expect(await refusals()).toEqual({ otherNode: 1 });
  });

  it('leaves what is no name to those who read it', async () => {
    expect((await ask('/v1/reports', { token: 'of-a', body: { node: 7 } })).status).toBe(200);
    expect((await ask('/v1/probe-plan', { token: 'of-a' })).status).toBe(200);
  });

  it.each([
    ['of-the-extender', 200],
    ['of-a', 403],
    [undefined, 401],
  ])("takes decisions with the extender's token alone: %s gets %i", async (token, status) => {
    const answer = await ask('/v1/decisions', { body: {}, ...(token === undefined ? {} : { token }) });
    expect(answer.status).toBe(status);
  });

  it('leaves other paths open', async () => {
    for (const path of ['/v1/topology', '/livez', '/metrics']) expect((await ask(path)).status).toBe(200);
  });

  it.each([500, 403, 404, 503])('asks agents to come again while the API server answers %i', async (status) => {
    apiStatus = status;
    const answer = await ask('/v1/probe-plan?node=a', { token: 'of-a' });
    expect(answer).toMatchObject({ status: 503, text: expect.stringMatching(/tokens cannot be checked: /) });
    expect(await refusals()).toEqual({ unavailable: 1 });
    apiStatus = 201;
    expect((await ask('/v1/probe-plan?node=a', { token: 'of-a' })).status).toBe(200);
  });
});

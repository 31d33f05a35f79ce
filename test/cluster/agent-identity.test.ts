import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '#aggregator/config.ts';
import { startAggregator } from '#aggregator/main.ts';
import { type ProbePlan, probePlan } from '#core/api/agent.ts';
import { type Answer, createAggregatorClient } from '#runtime/aggregator-client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeCertificateAuthority } from '#test/certificates.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { requestToken } from '#test/cluster/tokens.ts';

const NAMESPACE = 'netaware';
const AUDIENCE = 'netaware-aggregator';
const WAIT = { timeout: 60_000, interval: 100 };

describe.runIf(hasControlPlane('agents and their tokens'))('agents, by the tokens of kube-apiserver', () => {
  let cluster: Cluster;
  let url: string;
  let caFile: string;
  let stop: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    cluster = await startCluster();
    const ca = makeCertificateAuthority(join(cluster.folder, 'ca'));
    caFile = ca.certFile;
    const serving = ca.issue({ name: 'aggregator', ipAddresses: [cluster.host] });
    await createAgents(cluster, { a: '10.1.0.1', b: '10.1.0.2' });
    const config = {
      ...loadConfig({}, {}),
      host: cluster.host,
      port: 0,
      tlsCertFile: serving.certFile,
      tlsPrivateKeyFile: serving.keyFile,
      agentAudience: AUDIENCE,
      agentServiceAccount: { namespace: NAMESPACE, name: 'agent' },
      agentService: { namespace: NAMESPACE, name: 'agents' },
      kubeconfig: cluster.controlPlane.kubeconfig,
      writeIntervalMs: 500,
      logLevel: 'silent',
    } as const;
    const aggregator = await startAggregator(config, createLogger('test', 'silent'));
    stop = aggregator.stop;
    url = `https://${cluster.host}:${aggregator.port}`;
  });
  afterAll(async () => {
    await stop?.();
    await cluster?.stop();
  });

  function ask(token: string | undefined, path: string, body?: unknown): Promise<Answer> {
    const tokenFile = join(cluster.folder, 'token');
    writeFileSync(tokenFile, token ?? '');
    const client = createAggregatorClient({ baseUrl: url, caFile, ...(token === undefined ? {} : { tokenFile }) });
    return client({ path, body, timeoutMs: 30_000, signal: new AbortController().signal });
  }

  async function planFor(node: string, token: string): Promise<ProbePlan> {
    const answer = await ask(token, `/v1/probe-plan?node=${node}`);
    if (answer.outcome !== 'answered') throw new Error(answer.reason);
    return probePlan.parse(answer.body);
  }

  it("get their node's plan, which names the other agents' pods as their endpoints do", async () => {
    const token = await tokenFor(cluster, { pod: 'agent-a' });
    const peers = await vi.waitFor(async () => {
      const plan = await planFor('a', token);
      expect(plan.peers).toHaveLength(1);
      return plan.peers;
    }, WAIT);
    expect(peers).toEqual([{ node: 'b', address: '10.1.0.2' }]);
    await setAddress(cluster, 'agent-b', '10.1.0.77');
    await vi.waitFor(async () => expect((await planFor('a', token)).peers[0]?.address).toBe('10.1.0.77'), WAIT);
  });

  it('report what their node measured, and nothing for another', async () => {
    const token = await tokenFor(cluster, { pod: 'agent-a' });
    const measuredAt = new Date().toISOString();
    const ping = { kind: 'rtt', measuredAt, transmitted: 7, received: 7, rttMicroseconds: 900 };
    const report = (node: string, destination: string) =>
      ask(token, '/v1/reports', { node, measurements: [{ ...ping, destination }] });
    expect(await report('a', 'b')).toEqual({ outcome: 'answered', body: { accepted: 1, duplicates: 0 } });
    expect(await report('b', 'a')).toEqual({
      outcome: 'unavailable',
      reason: '403: the agent of node a speaks for that node only, not for b',
    });
  });

  it.each([
    { behaviour: 'no token', request: undefined, reason: /^401: a bearer token/ },
    { behaviour: 'a token of a pod for the API server', request: { pod: 'agent-a', audience: null }, reason: /^401: / },
    { behaviour: 'a token for others', request: { pod: 'agent-a', audience: 'others' }, reason: /^401: .*audience/ },
    { behaviour: 'a token of no pod', request: {}, reason: /^403: the token names no node/ },
    {
      behaviour: "another account's token",
      request: { account: 'other', pod: 'other-a' },
      reason: /^403: the token is of "system:serviceaccount:netaware:other"/,
    },
  ])('are refused with $behaviour', async ({ request, reason }) => {
    const token = request === undefined ? undefined : await tokenFor(cluster, request);
    expect(await ask(token, '/v1/probe-plan?node=a')).toEqual({
      outcome: 'unavailable',
      reason: expect.stringMatching(reason),
    });
  });

  it('are refused with the token of a pod that is gone', async () => {
    await createPod(cluster, 'agent-gone', 'agent', 'a');
    const token = await tokenFor(cluster, { pod: 'agent-gone' });
    await cluster.client.delete(`/api/v1/namespaces/${NAMESPACE}/pods/agent-gone`, { gracePeriodSeconds: 0 });
    // Where the API server has not yet noticed at the first time, its word is kept for a minute.
    await vi.waitFor(
      async () => {
        const refused = { outcome: 'unavailable', reason: expect.stringMatching(/^401: /) };
        expect(await ask(token, '/v1/probe-plan?node=a')).toEqual(refused);
      },
      { timeout: 100_000, interval: 1000 },
    );
  });
});

/** Ready nodes with an agent's pod on each, at these addresses; and the Service that has the pods for endpoints. */
async function createAgents(cluster: Cluster, addresses: Record<string, string>): Promise<void> {
  const { client } = cluster;
  const core = { apiVersion: 'v1' };
  await client.create('/api/v1/namespaces', { ...core, kind: 'Namespace', metadata: { name: NAMESPACE } });
  for (const name of ['agent', 'other']) {
    const account = { ...core, kind: 'ServiceAccount', metadata: { name } };
    await client.create(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, account);
  }
  await client.create(`/api/v1/namespaces/${NAMESPACE}/services`, {
    ...core,
    kind: 'Service',
    metadata: { name: 'agents' },
    spec: { clusterIP: 'None', selector: { app: 'agent' } },
  });
  for (const [node, address] of Object.entries(addresses)) {
    await client.create('/api/v1/nodes', { ...core, kind: 'Node', metadata: { name: node } });
    await patchStatus(cluster, `/api/v1/nodes/${node}`, { conditions: [{ type: 'Ready', status: 'True' }] });
    await createPod(cluster, `agent-${node}`, 'agent', node);
    await setAddress(cluster, `agent-${node}`, address);
  }
  await createPod(cluster, 'other-a', 'other', 'a');
}

async function createPod(cluster: Cluster, name: string, account: string, node: string): Promise<void> {
  await cluster.client.create(`/api/v1/namespaces/${NAMESPACE}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: account } },
    spec: { nodeName: node, serviceAccountName: account, containers: [{ name: 'main', image: 'none' }] },
  });
}

/** As the kubelet tells it of a pod that runs and is ready. */
async function setAddress(cluster: Cluster, pod: string, address: string): Promise<void> {
  await patchStatus(cluster, `/api/v1/namespaces/${NAMESPACE}/pods/${pod}`, {
    phase: 'Running',
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: [{ type: 'Ready', status: 'True' }],
  });
}

async function patchStatus(cluster: Cluster, path: string, status: object): Promise<void> {
  await cluster.client.patch(`${path}/status`, 'application/merge-patch+json', { status });
}

/** A token as the kubelet asks for one; `audience` null is that of the API server. */
async function tokenFor(
  { client }: Cluster,
  request: { account?: string; pod?: string; audience?: string | null },
): Promise<string> {
  const { account = 'agent', pod, audience = AUDIENCE } = request;
  return requestToken(client, account, {
    ...(pod === undefined ? {} : { pod }),
    ...(audience === null ? {} : { audience }),
  });
}

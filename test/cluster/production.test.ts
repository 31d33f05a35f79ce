import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '#core/scoring/explain.ts';
import { until } from '#lab/until.ts';
import { type Answer, createAggregatorClient } from '#runtime/aggregator-client.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { KeyPairFiles } from '#test/certificates.ts';
import { type Cluster, hasControlPlane, loopbackAddress, startCluster } from '#test/cluster/cluster.ts';
import { type Installation, install } from '#test/cluster/installation.ts';
import type { TestProcess } from '#test/cluster/processes.ts';
import { layOutFiles, type ProductionFiles } from '#test/cluster/production-files.ts';
import { untilReady } from '#test/cluster/readiness.ts';
import { refusalsIn } from '#test/cluster/refusals.ts';
import {
  boundTo,
  createGroup,
  createNode,
  createPod,
  DEADLINE_MS,
  eventOf,
  eventsOf,
  metricIn,
} from '#test/cluster/scheduling.ts';
import { requestToken } from '#test/cluster/tokens.ts';
import { meetsRequirements } from '#test/requirements.ts';
import { askByTls } from '#test/tls-client.ts';

// overlays/production as it is installed: TLS both ways, tokens, and certificates that change.

const SUITE = 'the production overlay on a real control plane';
const canRun = meetsRequirements(SUITE, { tools: ['kubectl', 'openssl'] }) && hasControlPlane(SUITE);
const NODES = ['a', 'b'];

describe.runIf(canRun)(SUITE, () => {
  let cluster: Cluster;
  let admin: KubernetesClient;
  let installation: Installation;
  let files: ProductionFiles;
  let extender: TestProcess;
  const processes: TestProcess[] = [];
  const urls = { aggregator: '', extender: '' };

  beforeAll(async () => {
    cluster = await startCluster({ withDefinitions: false });
    admin = cluster.client;
    for (const name of NODES) await createNode(cluster, name);
    installation = await install(cluster, 'overlays/production');
    files = await layOutFiles(cluster, installation, NODES);
    urls.aggregator = `https://${cluster.host}:8088`;
    urls.extender = `https://${cluster.host}:8089`;
    processes.push(await installation.startAggregator());
    extender = await installation.startExtender();
    processes.push(extender);
    processes.push(await installation.startScheduler());
  });

  afterAll(() => cluster?.stop());

  /** Reports two pings of a link, before which nothing is told of it, as somebody with this token; of the agent of node a where none is given. */
  function report(origin: string, destination: string, token?: string): Promise<Answer> {
    const tokenFile = join(cluster.folder, 'token');
    if (token !== undefined) writeFileSync(tokenFile, token);
    const client = createAggregatorClient({
      baseUrl: urls.aggregator,
      caFile: files.caFile,
      tokenFile: token === undefined ? installation.mount(`agent-${origin}`, 'aggregator/token') : tokenFile,
    });
    const measurements = [1000, 0].map((agoMs) => {
      const measuredAt = new Date(Date.now() - agoMs).toISOString();
      return { kind: 'rtt', destination, measuredAt, transmitted: 7, received: 7, rttMicroseconds: 9000 };
    });
    const { signal } = new AbortController();
    return client({ path: '/v1/reports', body: { node: origin, measurements }, timeoutMs: 30_000, signal });
  }

  const askExtender = (path: string, client?: KeyPairFiles, body?: string) =>
    askByTls(`${urls.extender}${path}`, {
      caFile: files.caFile,
      client,
      ...(body === undefined ? {} : { method: 'POST', body }),
    });

  /** How many pods the extender has filtered nodes for. */
  async function answers(): Promise<number> {
    const { body } = await askExtender('/metrics');
    return metricIn(body, 'netaware_extender_requests_total{verb="filter",outcome="answered"}');
  }

  it('agents get their plans and report, each with its own token', async () => {
    for (const node of NODES) {
      const address = loopbackAddress();
      const agent = await installation.startAgent(node, address);
      processes.push(agent);
      await untilReady(`http://${address}:9464`, agent);
    }
    for (const [origin, destination] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      expect(await report(origin, destination)).toEqual({ outcome: 'answered', body: { accepted: 2, duplicates: 0 } });
    }
  });

  it.each([
    {
      who: 'the agent of another node',
      account: 'agent',
      audience: 'netaware-aggregator',
      origin: 'b',
      reason: /^403: the agent of node a speaks for that node only, not for b/,
    },
    {
      who: "an agent with a token of the API server's audience",
      account: 'agent',
      audience: undefined,
      origin: 'a',
      reason: /^401: /,
    },
    {
      who: "the scheduler's ServiceAccount",
      account: 'scheduler',
      audience: 'netaware-aggregator',
      origin: 'a',
      reason: /^403: the token is of "system:serviceaccount:netaware:netaware-scheduler"/,
    },
  ] as const)('takes no report from $who', async ({ account, audience, origin, reason }) => {
    const { metadata } = await installation.pod(account, account === 'agent' ? 'a' : undefined);
    const token = await requestToken(admin, `netaware-${account}`, {
      pod: metadata.name,
      ...(audience && { audience }),
    });
    const answer = await report(origin, origin === 'a' ? 'b' : 'a', token);
    expect(answer).toEqual({ outcome: 'unavailable', reason: expect.stringMatching(reason) });
  });

  it("the agents' tokens are worth nothing at the API server", async () => {
    const { metadata } = await installation.pod('agent', 'a');
    const token = await requestToken(admin, 'netaware-agent', { pod: metadata.name, audience: 'netaware-aggregator' });
    const answer = await askByTls(`${cluster.controlPlane.url}/version`, {
      caFile: cluster.controlPlane.credentials.certificateAuthority,
      token,
    });
    expect(answer.status).toBe(401);
  });

  it('the extender answers nobody but the scheduler', async () => {
    expect((await askExtender('/v1/explain?pod=web')).status).toBe(403);
    expect((await askExtender('/scheduler/filter', files.issueClient('somebody'), '{}')).status).toBe(403);
    // Let in, and told that this is no request.
    expect((await askExtender('/scheduler/filter', files.client, '{}')).status).toBe(400);
  });

  it('a pod is scored over TLS, and bound where the extender says', async () => {
    await createGroup(cluster, 'shop', ['web', 'db']);
    await createPod(cluster, 'db', { group: 'shop', workload: 'db', spec: { nodeName: 'b' } });
    const gate = { schedulingGates: [{ name: 'test/never' }] };
    await createPod(cluster, 'like-web', { group: 'shop', workload: 'web', spec: gate });
    await until('the extender knows where the dependency is', DEADLINE_MS, async () => {
      const { body } = await askExtender('/v1/explain?pod=like-web', files.client);
      const { nodes, neutral } = JSON.parse(body) as Explanation;
      return neutral === undefined && nodes[0]?.node === 'b' ? undefined : body;
    });
    await expectScored('web-1');
  });

  it('scheduling and reports go on when all certificates and tokens are renewed', async () => {
    await files.rotate(2);
    await until('the new certificates are served', DEADLINE_MS, async () => {
      const served = await Promise.all([
        askExtender('/livez'),
        askByTls(`${urls.aggregator}/livez`, { caFile: files.caFile }),
      ]);
      const names = served.map(({ serverName }) => serverName);
      return names.join() === 'extender-2,aggregator-2' ? undefined : names.join();
    });
    await expectScored('web-2');
    expect(await report('a', 'b')).toMatchObject({ outcome: 'answered' });
    // A new process means new connections, and so the scheduler's new certificate.
    await extender.kill();
    extender = await installation.startExtender();
    processes.push(extender);
    await expectScored('web-3');
  });

  it("the aggregator takes the extender's word, by its token, that pods were scored", async () => {
    // Bound after the others without a scheduler: when that is told, the others have been looked at.
    await createPod(cluster, 'placed-by-hand', { group: 'shop', workload: 'web', spec: { nodeName: 'a' } });
    await eventOf(cluster, 'placed-by-hand', 'NotScoredByNetwork');
    expect(await eventsOf(cluster, 'web-1', 'NotScoredByNetwork')).toEqual([]);
    expect(await eventsOf(cluster, 'web-3', 'NotScoredByNetwork')).toEqual([]);
  });

  it('nothing was refused to any program', () => {
    for (const process of processes) expect(refusalsIn(process.log())).toEqual([]);
  });

  async function expectScored(pod: string): Promise<void> {
    const before = await answers();
    await createPod(cluster, pod, { group: 'shop', workload: 'web' });
    expect(await boundTo(cluster, pod)).toBe('b');
    await until('the answer is counted', DEADLINE_MS, async () =>
      (await answers()) > before ? undefined : 'it is not',
    );
  }
});

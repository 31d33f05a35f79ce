import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '#aggregator/config.ts';
import { startAggregator } from '#aggregator/main.ts';
import { appGroupsView } from '#core/api/app-group-view.ts';
import { APP_GROUP, resourcePath } from '#core/api/custom-resources.ts';
import { type ApiServer, startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { labKubeConfig } from '#lab/kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeGroup, makeNode, makePod } from '#test/builders.ts';

const logger = createLogger('test', 'silent');
const netaware = fileURLToPath(new URL('../../netaware', import.meta.url));
const WAIT = { timeout: 15_000, interval: 100 };
const GROUPS = resourcePath(APP_GROUP, 'default');

let api: ApiServer;
let client: KubernetesClient;
let folder: string;
let url: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
  api = await startApiServer({ host: '127.0.0.1', port: 0, logger });
  const kubeConfig = labKubeConfig({ server: api.url });
  client = createKubernetesClient(kubeConfig, { timeoutMs: 5000 });
  for (const name of ['n1', 'n2']) await client.create('/api/v1/nodes', makeNode(name));
  await client.create(GROUPS, makeGroup('shop', { web: { db: 1 }, db: {} }, { ordering: 'Kahn' }));
  await client.create(GROUPS, makeGroup('ring', { a: { b: 1 }, b: { a: 1 } }));
  await createPod('db-0', 'db', 'n1');
  await createPod('web-0', 'web', 'n2');
  await createPod('web-1', 'web', 'n2');
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeConfig.exportConfig());
  const flags = { host: '127.0.0.1', port: '0', kubeconfig, logLevel: 'silent', writeIntervalMs: '100' };
  const aggregator = await startAggregator(loadConfig(flags, {}), logger);
  url = `http://127.0.0.1:${aggregator.port}`;
  stop = () => aggregator.stop();
});

afterAll(async () => {
  await stop();
  await api.close();
  rmSync(folder, { recursive: true });
});

async function createPod(name: string, workload: string, node: string): Promise<void> {
  const { metadata } = makePod(name, { group: 'shop', workload });
  const spec = { nodeName: node, containers: [{ name: 'main', image: 'x' }] };
  await client.create('/api/v1/namespaces/default/pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec });
}

async function ask(...args: string[]) {
  const command = ['appgroup', ...args, '--aggregator', url];
  const { exitCode, stdout, stderr } = await execa(netaware, command, { reject: false });
  return { exitCode, stdout, stderr };
}

describe('appgroup, of a running aggregator', () => {
  it('status tells where the pods are and what is wrong', async () => {
    await vi.waitFor(async () => {
      const { stdout } = await ask('status', 'shop', '-o', 'json');
      expect(JSON.parse(stdout)).toMatchObject({
        namespace: 'default',
        name: 'shop',
        workloads: [
          { name: 'web', index: 1, replicas: 2, nodes: ['n2', 'n2'] },
          { name: 'db', index: 2, replicas: 1, nodes: ['n1'] },
        ],
        placedPods: 3,
      });
    }, WAIT);
    const { stdout } = await ask('status');
    expect(stdout.split('\n').map((line) => line.split(/ +/).slice(0, 3))).toEqual([
      ['NAME', 'WORKLOADS', 'PODS'],
      ['ring', '2', '0'],
      ['shop', '2', '3'],
    ]);
    expect(stdout).toContain('Acyclic is False: depend on each other in a circle: "a", "b"');
  });

  it('order is that which the aggregator wrote', async () => {
    await vi.waitFor(async () => {
      const { stdout } = await ask('order', 'shop', '-o', 'json');
      expect(JSON.parse(stdout)).toEqual([
        { workload: 'web', index: 1 },
        { workload: 'db', index: 2 },
      ]);
    }, WAIT);
    const named = await ask('order', 'bank');
    expect(named).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/there are: ring, shop$/) });
  });

  it('plan is the one in the status', async () => {
    const plan = {
      assignments: [{ workload: 'db', replica: 0, node: 'n1' }],
      costPartsPerMillion: 250_000,
      lowerBoundPartsPerMillion: 100_000,
      calculatedAt: new Date().toISOString(),
    };
    await client.patch(`${GROUPS}/shop/status`, 'application/merge-patch+json', { status: { plan } });
    await vi.waitFor(async () => {
      const { exitCode, stdout } = await ask('plan', 'shop', '-o', 'json');
      expect(exitCode).toBe(0);
      const told = JSON.parse(stdout);
      expect(Object.keys(told)).toEqual(['cost', 'lowerBound', 'assignments']);
      expect(told.cost).toBeGreaterThanOrEqual(told.lowerBound);
      expect(told.assignments).toContainEqual({ workload: 'db', replica: 0, node: 'n1' });
    }, WAIT);
    const answer = await (await fetch(`${url}/v1/appgroups?namespace=default&name=shop`)).json();
    expect(appGroupsView.parse(answer).appGroups.map(({ name, status }) => [name, status?.plan !== undefined])).toEqual(
      [['shop', true]],
    );
  });
});

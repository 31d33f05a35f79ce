import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DemoResult } from '#benchmark/demo/demo-result.ts';
import type { Pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, SCHEDULER_NAME, WORKLOAD_LABEL } from '#core/api/names.ts';
import { findRemains, removeLab } from '#lab/state/remove.ts';
import { until } from '#lab/until.ts';
import { createKubernetesClient, type KubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';
import { hasControlPlane } from '#test/cluster/cluster.ts';
import { meetsRequirements } from '#test/requirements.ts';

// The lab on a real control plane, by the netaware command: Deployments become pods, pods become processes.

const SUITE = 'the lab on a real control plane';
const canRun =
  meetsRequirements(SUITE, { root: true, tools: ['ip', 'tc', 'ethtool', 'ping', 'iperf3'] }) && hasControlPlane(SUITE);

const NETAWARE = fileURLToPath(new URL('../../netaware', import.meta.url));
const DEADLINE_MS = 60_000;

describe.runIf(canRun)(SUITE, () => {
  const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
  const labFile = join(folder, 'two-hosts.yaml');
  const options = ['--lab', labFile, '--control-plane', 'kubernetes'];
  const netaware = (...args: string[]) => execa(NETAWARE, args, { reject: false, cwd: folder });

  beforeAll(async () => {
    writeFileSync(
      labFile,
      `
zones:
  here: {nodes: {here-1: {cpu: 1000m, memory: 2Gi}}}
  there: {nodes: {there-1: {cpu: 1000m, memory: 2Gi}}}
links:
  - {between: [here, there], rttMs: 20, bandwidthMbps: 50}
`,
    );
    await removeLab();
  });

  afterAll(async () => {
    await removeLab();
    rmSync(folder, { recursive: true });
  });

  describe('that is up', () => {
    let client: KubernetesClient;

    beforeAll(async () => {
      const { stdout, stderr, exitCode } = await netaware('lab', 'up', ...options);
      expect(exitCode, stderr).toBe(0);
      const kubeconfig = /^export KUBECONFIG=(.+)$/.exec(stdout)?.[1];
      client = createKubernetesClient(loadKubeConfig(kubeconfig), { timeoutMs: 10_000 });
      await client.create('/apis/netaware.io/v1alpha1/namespaces/default/appgroups', {
        apiVersion: 'netaware.io/v1alpha1',
        kind: 'AppGroup',
        metadata: { name: 'shop' },
        spec: { workloads: [{ name: 'web', dependencies: [{ name: 'db' }] }, { name: 'db' }] },
      });
    });

    const podsOf = async (workload: string): Promise<Pod[]> => {
      const selector = encodeURIComponent(`${WORKLOAD_LABEL}=${workload}`);
      const { items } = (await client.get(`/api/v1/namespaces/default/pods?labelSelector=${selector}`)) as {
        items: Pod[];
      };
      return items;
    };
    const untilRunning = async (workload: string, replicas: number): Promise<Pod[]> => {
      let pods: Pod[] = [];
      await until(`${replicas} pods of ${workload} run`, DEADLINE_MS, async () => {
        pods = await podsOf(workload);
        const running = pods.filter(({ status }) => status?.phase === 'Running');
        return running.length === replicas && pods.length === replicas
          ? undefined
          : JSON.stringify(pods.map(({ spec, status }) => [spec.nodeName, status]));
      });
      return pods;
    };

    test('its hosts are nodes of a real Kubernetes', async () => {
      const { gitVersion } = (await client.get('/version')) as { gitVersion: string };
      expect(gitVersion).toMatch(/^v1\.\d+\.\d+/);
      const { items } = (await client.get('/api/v1/nodes')) as { items: { metadata: { name: string } }[] };
      expect(items.map(({ metadata }) => metadata.name)).toEqual(['here-1', 'there-1']);
      expect((await netaware('lab', 'status')).stdout).toMatch(/control plane kubernetes/);
    });

    test('pods of a Deployment go where the pod is that they call, and run there', async () => {
      await client.create('/apis/apps/v1/namespaces/default/deployments', deployment('db', 1, 'there-1'));
      await untilRunning('db', 1);
      await client.create('/apis/apps/v1/namespaces/default/deployments', deployment('web', 2));
      const pods = await untilRunning('web', 2);
      expect(pods.map(({ spec }) => spec.nodeName)).toEqual(['there-1', 'there-1']);
    });

    test('what is deleted ends, with its processes', async () => {
      await client.delete('/apis/apps/v1/namespaces/default/deployments/web', { propagationPolicy: 'Foreground' });
      await until('the pods are gone', DEADLINE_MS, async () => {
        const pods = await podsOf('web');
        return pods.length === 0 ? undefined : `${pods.length} left`;
      });
    });

    test('down leaves nothing', async () => {
      expect((await netaware('lab', 'down')).exitCode).toBe(0);
      expect(await findRemains()).toEqual([]);
    });
  });

  test('the demo compares with the real default scheduler', async () => {
    const { stdout, stderr, exitCode } = await netaware('demo', '--json', '--repeats', '1', ...options);
    expect(exitCode, stderr).toBe(0);
    const { settings, arms }: DemoResult = JSON.parse(stdout);
    expect(settings).toMatchObject({ controlPlane: 'kubernetes', repeats: 1 });
    for (const { placements, load } of arms) {
      // Neither host can hold the whole app.
      expect(new Set(placements.map(({ node }) => node)).size).toBe(2);
      expect(load.errorRate).toBeLessThan(0.05);
    }
    const [byDefault, byNetaware] = arms;
    expect(byNetaware?.networkCost).toBeLessThan(byDefault?.networkCost ?? 0);
    expect(await findRemains()).toEqual([]);
  }, 300_000);
});

function deployment(workload: string, replicas: number, node?: string): object {
  const labels = { [APP_GROUP_LABEL]: 'shop', [WORKLOAD_LABEL]: workload };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: workload },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          schedulerName: SCHEDULER_NAME,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 0,
          ...(node === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': node } }),
          containers: [{ name: 'main', image: 'none', command: ['sleep', '1000'] }],
        },
      },
    },
  };
}

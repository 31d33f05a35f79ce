import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DemoResult } from '#benchmark/demo/demo-result.ts';
import { compareLink } from '#benchmark/demo/link-agreement.ts';
import { topologyView } from '#core/api/topology-view.ts';
import { applyProbeSettings } from '#lab/lab.ts';
import { findRemains, removeLab } from '#lab/state/remove.ts';
import { until } from '#lab/until.ts';
import { createKubernetesClient, type KubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';
import { meetsRequirements } from '#test/requirements.ts';

// The lab and the demo as a person runs them: the netaware command, two hosts, real ping, iperf3 and load.

const canRun = meetsRequirements('the lab and the demo', {
  root: true,
  tools: ['ip', 'tc', 'ethtool', 'ping', 'iperf3'],
});

const NETAWARE = fileURLToPath(new URL('../../netaware', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
const labFile = join(folder, 'two-hosts.yaml');
const UP_MS = 90_000;

function netaware(...args: string[]) {
  return execa(NETAWARE, args, { reject: false, cwd: folder });
}

describe.runIf(canRun)('on a lab of two hosts', () => {
  beforeAll(async () => {
    writeFileSync(
      labFile,
      `
zones:
  here: {nodes: {here-1: {cpu: 1000m, memory: 2Gi}}}
  there: {nodes: {there-1: {cpu: 1000m, memory: 2Gi}}}
links:
  - {between: [here, there], rttMs: 20, lossPercent: 1, bandwidthMbps: 50}
`,
    );
    await removeLab();
  }, UP_MS);

  afterAll(async () => {
    await removeLab();
    rmSync(folder, { recursive: true });
  }, UP_MS);

  describe('that is up', () => {
    let client: KubernetesClient;

    beforeAll(async () => {
      const { stdout, stderr, exitCode } = await netaware('lab', 'up', '--lab', labFile);
      expect(exitCode, stderr).toBe(0);
      const kubeconfig = /^export KUBECONFIG=(.+)$/.exec(stdout)?.[1];
      client = createKubernetesClient(loadKubeConfig(kubeconfig), { timeoutMs: 5000 });
    }, UP_MS);

    test('every link measures as configured, with real ping and iperf3', async () => {
      await applyProbeSettings(client, {
        intervalSeconds: 1,
        packets: 50,
        packetIntervalMilliseconds: 10,
        bandwidth: { seconds: 1, omitSeconds: 1 },
      });
      const measured = async () => {
        const { stdout } = await netaware('topology', '-o', 'json');
        return topologyView.parse(JSON.parse(stdout)).links;
      };
      await until('both links are measured', 60_000, async () => {
        const links = await measured();
        const done = links.filter(
          ({ samples, bandwidthAgeSeconds }) => (samples ?? 0) >= 300 && bandwidthAgeSeconds !== undefined,
        );
        return done.length === 2 ? undefined : JSON.stringify(links);
      });
      for (const link of await measured()) {
        const figures = {
          rttMs: link.rttMs ?? Number.NaN,
          lossPercent: link.lossPercent ?? Number.NaN,
          bandwidthMbps: link.bandwidthMbps ?? Number.NaN,
          jitterMs: link.jitterMs ?? Number.NaN,
          samples: link.samples ?? 0,
        };
        const agreement = compareLink({ rttMs: 20, lossPercent: 1, bandwidthMbps: 50 }, figures);
        expect(agreement, JSON.stringify(link)).toEqual({ rtt: true, loss: true, bandwidth: true });
      }
    }, 90_000);

    test('a pod goes where the pod is that it calls, and explain says why', async () => {
      await client.create('/apis/netaware.io/v1alpha1/namespaces/default/appgroups', {
        apiVersion: 'netaware.io/v1alpha1',
        kind: 'AppGroup',
        metadata: { name: 'shop' },
        spec: { workloads: [{ name: 'web', dependencies: [{ name: 'db' }] }, { name: 'db' }] },
      });
      await client.create('/api/v1/namespaces/default/pods', pod('db', { 'kubernetes.io/hostname': 'there-1' }));
      await bound(client, 'db');
      await client.create('/api/v1/namespaces/default/pods', pod('web', {}));
      expect(await bound(client, 'web')).toBe('there-1');

      const { stdout } = await netaware('explain', 'web', '-o', 'json');
      const { nodes, boundTo } = JSON.parse(stdout);
      expect(boundTo).toBe('there-1');
      expect(nodes.map(({ node, source }: { node: string; source: string }) => [node, source])).toEqual([
        ['there-1', 'local'],
        ['here-1', 'measured'],
      ]);
      const { stdout: table } = await netaware('explain', 'web');
      expect(table).toMatch(/there-1 \*/);
      expect(table).toMatch(/calls db on there-1/);
    });

    test('status, topology and exec tell what is there', async () => {
      expect((await netaware('lab', 'status')).stdout).toMatch(/^up since/);
      const { stdout: matrix } = await netaware('topology');
      expect(matrix).toMatch(/here-1 +(19|20|21)/);
      const { stdout: address } = await netaware('lab', 'exec', 'there-1', '--', 'ip', '-br', 'addr', 'show', 'eth0');
      expect(address).toContain('10.97.2.1/16');
      const { stderr, exitCode } = await netaware('lab', 'exec', 'nowhere', 'true');
      expect([exitCode, stderr]).toEqual([1, 'netaware: no host "nowhere" in the lab, known: here-1, there-1']);
    });

    test('a second lab is refused, and the first stays', async () => {
      const { exitCode, stderr } = await netaware('lab', 'up', '--lab', labFile);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/a lab is already there since/);
      expect((await netaware('lab', 'status')).stdout).toMatch(/^up since/);
    });

    test('down leaves nothing', async () => {
      expect((await netaware('lab', 'down')).exitCode).toBe(0);
      expect(await findRemains()).toEqual([]);
      expect((await netaware('lab', 'status')).stdout).toBe('no lab');
    });
  });

  describe('the demo', () => {
    test('prints one JSON document with real figures, and cleans up', async () => {
      const { stdout, stderr, exitCode } = await netaware('demo', '--json', '--lab', labFile, '--seed', '7');
      expect(exitCode, stderr).toBe(0);
      const result: DemoResult = JSON.parse(stdout);
      expect(result.links).toHaveLength(2);
      for (const { agrees, measured } of result.links) {
        expect(agrees, JSON.stringify(measured)).toEqual({ rtt: true, loss: true, bandwidth: true });
      }
      expect(result.arms.map(({ name }) => name)).toEqual(['default', 'netaware']);
      for (const { placements, load, repeats } of result.arms) {
        expect(new Set(placements.map(({ workload }) => workload)).size).toBe(11);
        // Neither host can hold the whole app.
        expect(new Set(placements.map(({ node }) => node)).size).toBe(2);
        expect(load.errorRate).toBeLessThan(0.05);
        expect(load.p50Ms).toBeGreaterThan(0);
        expect(repeats.map((repeat) => repeat.load.requestsPerSecond > 0)).toEqual([true, true, true]);
      }
      const [byDefault, byNetaware] = result.arms;
      expect(byNetaware?.networkCost).toBeLessThan(byDefault?.networkCost ?? 0);
      expect(await findRemains()).toEqual([]);
    }, 240_000);

    test(
      'stopped by Ctrl-C it ends with 130 and leaves nothing',
      async () => {
        const demo = netaware('demo', '--lab', labFile);
        await progressed(demo, 'measuring every link');
        demo.kill('SIGINT');
        expect((await demo).exitCode).toBe(130);
        expect(await findRemains()).toEqual([]);
      },
      UP_MS,
    );

    test(
      'killed it leaves remains, which the next command finds and removes',
      async () => {
        const demo = netaware('demo', '--lab', labFile);
        await progressed(demo, 'measuring every link');
        demo.kill('SIGKILL');
        await demo;
        expect((await netaware('lab', 'status')).stdout).toMatch(/no lab, but remains of one/);
        expect((await netaware('lab', 'up', '--lab', labFile)).exitCode).toBe(0);
        expect((await netaware('lab', 'down')).exitCode).toBe(0);
        expect(await findRemains()).toEqual([]);
      },
      UP_MS,
    );

    test.each([
      ['a lab file that is not there', ['--lab', 'none.yaml'], /^netaware: none\.yaml: cannot be read \(ENOENT\)$/],
      ['an unknown app', ['--app', 'shop'], /^netaware: --app: no preset "shop", wanted one of online-boutique, /],
      ['a seed that is no number', ['--seed', 'x'], /wanted a whole number from 0 to 1000000/],
    ])('refuses %s in one line', async (_name, args, message) => {
      const { exitCode, stderr, stdout } = await netaware('demo', ...args);
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(message);
    });
  });
});

function pod(workload: string, nodeSelector: Record<string, string>): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: workload, labels: { 'netaware.io/app-group': 'shop', 'netaware.io/workload': workload } },
    spec: {
      schedulerName: 'netaware-scheduler',
      nodeSelector,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: 'none', command: ['sleep', '1000'] }],
    },
  };
}

async function bound(client: KubernetesClient, name: string): Promise<string | undefined> {
  let nodeName: string | undefined;
  await until(`pod ${name} is bound`, 10_000, async () => {
    const { spec } = (await client.get(`/api/v1/namespaces/default/pods/${name}`)) as { spec: { nodeName?: string } };
    nodeName = spec.nodeName;
    return nodeName === undefined ? 'not yet' : undefined;
  });
  return nodeName;
}

/** Resolves when a line of progress with the text has come. */
function progressed(demo: ReturnType<typeof netaware>, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    demo.stderr.on('data', (chunk: Buffer) => {
      seen += chunk;
      if (seen.includes(text)) resolve();
    });
    void demo.then(() => reject(new Error(`ended before it said "${text}": ${seen}`)));
  });
}

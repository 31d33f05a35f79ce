import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NETWORK_CHANGED_ANNOTATION } from '#core/api/names.ts';
import { until } from '#lab/until.ts';
import { createLogger } from '#runtime/logger.ts';
import { loadConfig } from '#scheduler-extender/config.ts';
import { startExtender } from '#scheduler-extender/main.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { type ExtenderFront, startExtenderFront } from '#test/cluster/extender-front.ts';
import {
  boundTo,
  createGroup,
  createNode,
  createPod,
  DEADLINE_MS,
  eventOf,
  type Json,
  measure,
  metricOf,
  nodeOf,
  startSecondScheduler,
  untilRejected,
} from '#test/cluster/scheduling.ts';

const FRONT_PORT = 8090;
const NEAR = ['near-1', 'near-2', 'near-3'];
const FAR = ['far-1', 'far-2', 'far-3'];

describe.runIf(hasControlPlane('the extender with kube-scheduler'))('the extender with kube-scheduler', () => {
  let cluster: Cluster;
  let front: ExtenderFront;
  let extenderUrl: string;
  let stopExtender = async () => {};

  beforeAll(async () => {
    cluster = await startCluster();
    for (const name of [...NEAR, ...FAR]) await createNode(cluster, name);
    for (const name of NEAR) await measure(cluster, name, { 'near-1': 1, edge: 40 });
    for (const name of FAR) await measure(cluster, name, { 'near-1': 30, edge: 40 });
    await createGroup(cluster, 'shop', ['web', 'db']);
    const { host, controlPlane } = cluster;
    const config = loadConfig({ host, port: 0, kubeconfig: controlPlane.kubeconfig, logLevel: 'warn' }, {});
    const extender = await startExtender(config, createLogger('extender', 'warn'));
    stopExtender = extender.stop;
    extenderUrl = `http://${host}:${extender.port}`;
    front = await startExtenderFront(host, FRONT_PORT, extenderUrl);
    await startSecondScheduler(cluster, `http://${host}:${FRONT_PORT}`);
    await until('the extender is ready', DEADLINE_MS, async () => {
      const answer = await fetch(`${extenderUrl}/readyz`);
      return answer.ok ? undefined : await answer.text();
    });
  });

  afterAll(async () => {
    await front?.close();
    await stopExtender();
    await cluster?.stop();
  });

  it('has pods bound where it scores best, also in a burst, and follows the bindings', async () => {
    await createPod(cluster, 'db-1', { group: 'shop', workload: 'db', spec: { nodeName: 'near-1' } });
    await until('the extender has seen the database', DEADLINE_MS, async () => {
      const explained = (await (await fetch(`${extenderUrl}/v1/explain?pod=db-1`)).json()) as Json;
      return explained.boundTo === 'near-1' ? undefined : JSON.stringify(explained);
    });
    const pods = Array.from({ length: 20 }, (_, index) => `web-${index}`);
    await Promise.all(pods.map((pod) => createPod(cluster, pod, { group: 'shop', workload: 'web' })));
    const nodes = await Promise.all(pods.map((pod) => boundTo(cluster, pod)));
    expect(new Set(nodes)).toEqual(new Set(['near-1']));
    await until('all of them were seen bound', DEADLINE_MS, async () => {
      const count = await metricOf(extenderUrl, 'netaware_extender_placement_lag_seconds_count');
      return count === pods.length ? undefined : String(count);
    });
  });

  it('is never asked about pods of the default scheduler', async () => {
    await createPod(cluster, 'web-default', { group: 'shop', workload: 'web', scheduler: 'default-scheduler' });
    await boundTo(cluster, 'web-default');
    await createPod(cluster, 'web-after', { group: 'shop', workload: 'web' });
    await boundTo(cluster, 'web-after');
    const asked = front.asked.map(({ pod }) => pod);
    expect(asked).toContain('web-after');
    expect(asked).not.toContain('web-default');
  });

  it('tells why limits reject a pod, and has it tried again when the network has improved', async () => {
    await createNode(cluster, 'edge', { pods: '1' });
    await createGroup(cluster, 'sensors', ['control', 'motor'], 10_000);
    await createPod(cluster, 'motor', { group: 'sensors', workload: 'motor', spec: { nodeName: 'edge' } });
    await untilRejected(extenderUrl, 'near-1');
    await createPod(cluster, 'control', { group: 'sensors', workload: 'control' });
    expect(await eventOf(cluster, 'control', 'FailedScheduling')).toMatch(
      /^0\/7 nodes are available: 1 Too many pods, 6 network limit broken: latency to motor\./,
    );
    await measure(cluster, 'far-2', { edge: 2 });
    expect(await boundTo(cluster, 'control')).toBe('far-2');
    const { metadata } = (await cluster.client.get('/api/v1/nodes/far-2')) as Json;
    expect(Date.parse(metadata.annotations[NETWORK_CHANGED_ANNOTATION])).toBeGreaterThan(0);
    expect(await metricOf(extenderUrl, 'netaware_extender_wake_ups_total{outcome="success"}')).toBeGreaterThan(0);
  });

  it('keeps pods from being evicted on nodes that it rejects', async () => {
    const size = { size: 'small' };
    for (const [name, rttMs] of [
      ['small-1', 40],
      ['small-2', 2],
    ] as const) {
      await createNode(cluster, name, { cpu: '1', labels: size });
      await measure(cluster, name, { edge: rttMs });
      const containers = [{ name: 'app', image: 'example/app:1', resources: { requests: { cpu: '1' } } }];
      await createPod(cluster, `on-${name}`, { group: 'none', workload: 'none', spec: { nodeName: name, containers } });
    }
    await cluster.client.create('/apis/scheduling.k8s.io/v1/priorityclasses', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'urgent' },
      value: 1000,
    });
    await untilRejected(extenderUrl, 'small-1');
    const containers = [{ name: 'app', image: 'example/app:1', resources: { requests: { cpu: '1' } } }];
    const spec = { containers, nodeSelector: size, priorityClassName: 'urgent' };
    await createPod(cluster, 'control-urgent', { group: 'sensors', workload: 'control', spec });
    expect(await boundTo(cluster, 'control-urgent')).toBe('small-2');
    expect(front.asked).toContainEqual({ verb: 'preempt', pod: 'control-urgent' });
    expect(await nodeOf(cluster, 'on-small-1')).toBe('small-1');
  });
});

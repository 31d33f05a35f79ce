import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import { API_VERSION, APP_GROUP_LABEL, SCHEDULER_NAME, WORKLOAD_LABEL } from '#core/api/names.ts';
import type { Explanation } from '#core/scoring/explain.ts';
import { startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { schedulerProfile } from '#lab/control-plane/scheduler/profile.ts';
import { startScheduler } from '#lab/control-plane/scheduler/scheduler.ts';
import { labKubeConfig, writeKubeconfig } from '#lab/kubeconfig.ts';
import { until } from '#lab/until.ts';
import { createKubernetesClient, type KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { loadConfig } from '#scheduler-extender/config.ts';
import { startExtender } from '#scheduler-extender/main.ts';

const DEADLINE_MS = 60_000;
const PODS = '/api/v1/namespaces/default/pods';
const logger = createLogger('test', 'silent');

interface ScheduledPod {
  spec: { nodeName?: string };
  status?: { conditions?: { reason?: string; message?: string }[] };
}

/** Pods of which each needs 10 Mbit/s of one link that has 25, on the embedded control plane. */
describe('a link with room for two pods', () => {
  let client: KubernetesClient;
  let extenderUrl: string;
  let stops: (() => Promise<unknown>)[];

  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'netaware-test-'));
    stops = [() => rm(folder, { recursive: true })];
    const api = await startApiServer({ host: '127.0.0.1', port: 0, logger });
    stops.push(() => api.close());
    client = createKubernetesClient(labKubeConfig({ server: api.url }), { timeoutMs: 10_000 });
    await createNode('n1', '1');
    await createNode('n2', '110');
    await create(resourcePath(NETWORK_TOPOLOGY_SLICE), 'NetworkTopologySlice', 'n2', {
      origin: 'n2',
      links: [link('n1')],
    });
    const needing = { name: 'db', minBandwidth: '10M' };
    const workloads = [{ name: 'web', dependencies: [needing] }, { name: 'db' }];
    const groups = `/apis/${API_VERSION}/namespaces/default/appgroups`;
    for (const name of ['shop', 'blog']) await create(groups, 'AppGroup', name, { spec: { workloads } });

    const kubeconfig = join(folder, 'kubeconfig');
    await writeKubeconfig(kubeconfig, { server: api.url });
    const extender = await startExtender(loadConfig({ host: '127.0.0.1', port: 0, kubeconfig }, {}), logger);
    stops.push(() => extender.stop());
    extenderUrl = `http://127.0.0.1:${extender.port}`;
    const urlPrefix = `${extenderUrl}/scheduler`;
    const extenders = [{ urlPrefix, filterVerb: 'filter', prioritizeVerb: 'prioritize', nodeCacheCapable: true }];
    const profiles = [schedulerProfile.parse({ schedulerName: SCHEDULER_NAME, extenders })];
    const scheduler = startScheduler({ apiServerUrl: api.url, profiles, seed: 1, logger });
    stops.push(() => scheduler.close());
    await until('the extender is ready', DEADLINE_MS, async () => {
      const answer = await fetch(`${extenderUrl}/readyz`);
      return answer.ok ? undefined : await answer.text();
    });
  });

  afterEach(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  it('takes two, tells the third why not, and takes it once one of another AppGroup is gone', async () => {
    await createPod('db', 'shop', 'db', { nodeName: 'n1' });
    await createPod('other-db', 'blog', 'db', { nodeName: 'n1' });
    await createPod('other-web', 'blog', 'web');
    await untilReserved(10e6, 'other-web');
    await createPod('web-1', 'shop', 'web');
    await untilReserved(20e6, 'web-1');

    await createPod('web-2', 'shop', 'web');
    await until('web-2 is told why it must wait', DEADLINE_MS, async () => {
      const { status } = await podOf('web-2');
      const { message = '' } = status?.conditions?.find(({ reason }) => reason === 'Unschedulable') ?? {};
      return message.includes('1 network limit broken: bandwidth to db') ? undefined : `it says "${message}"`;
    });
    await client.delete(`${PODS}/other-web`);
    await untilReserved(20e6, 'web-2');

    for (const name of ['web-1', 'web-2']) await client.delete(`${PODS}/${name}`);
    await createPod('web-3', 'shop', 'web', { schedulerName: 'nobody' });
    await until('nothing is reserved any more', DEADLINE_MS, async () => {
      const reserved = await reservedFor('web-3');
      return reserved === undefined ? undefined : `${reserved} bit/s`;
    });
  });

  async function create(path: string, kind: string, name: string, fields: object): Promise<void> {
    const apiVersion = path.startsWith('/api/') ? 'v1' : API_VERSION;
    await client.create(path, { apiVersion, kind, metadata: { name }, ...fields });
  }

  async function createNode(name: string, pods: string): Promise<void> {
    const resources = { cpu: '4', memory: '8Gi', pods };
    const conditions = [{ type: 'Ready', status: 'True' }];
    await create('/api/v1/nodes', 'Node', name, {
      status: { capacity: resources, allocatable: resources, conditions },
    });
  }

  async function createPod(name: string, group: string, workload: string, spec: object = {}): Promise<void> {
    await client.create(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { [APP_GROUP_LABEL]: group, [WORKLOAD_LABEL]: workload } },
      spec: {
        schedulerName: SCHEDULER_NAME,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'app', image: 'example/app:1' }],
        ...spec,
      },
    });
  }

  async function podOf(name: string): Promise<ScheduledPod> {
    return (await client.get(`${PODS}/${name}`)) as ScheduledPod;
  }

  /** What the extender says is reserved of the link from n2 to n1, where pods of the workload of `pod` may use it. */
  async function reservedFor(pod: string): Promise<number | undefined> {
    const { nodes = [] } = (await (await fetch(`${extenderUrl}/v1/explain?pod=${pod}`)).json()) as Partial<Explanation>;
    return nodes.find(({ node }) => node === 'n2')?.links[0]?.reservedBitsPerSecond;
  }

  async function untilReserved(want: number, pod: string): Promise<void> {
    await until(`${pod} is on n2, and ${want} bit/s are reserved`, DEADLINE_MS, async () => {
      const [{ spec }, reserved] = [await podOf(pod), await reservedFor(pod)];
      return spec.nodeName === 'n2' && reserved === want ? undefined : `on ${spec.nodeName}, ${reserved} bit/s`;
    });
  }
});

function link(destination: string): object {
  const measuredAt = new Date().toISOString();
  return {
    destination,
    rttMicroseconds: 500,
    lossPartsPerMillion: 0,
    bandwidthBitsPerSecond: 25e6,
    rttMeasuredAt: measuredAt,
    bandwidthMeasuredAt: measuredAt,
    samples: 70,
  };
}

import { join } from 'node:path';
import { NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import { API_VERSION, APP_GROUP_LABEL, SCHEDULER_NAME, WORKLOAD_LABEL } from '#core/api/names.ts';
import { secondSchedulerCommand } from '#lab/control-plane/kubernetes/second-scheduler.ts';
import { until } from '#lab/until.ts';
import type { Cluster } from '#test/cluster/cluster.ts';

// What the tests of scheduling on a real control plane have in common. A fake node is an object; pods on it are only bound.

/** Generous, for a busy machine; far below the five minutes after which kube-scheduler tries rejected pods by itself. */
export const DEADLINE_MS = 90_000;

// biome-ignore lint/suspicious/noExplicitAny: answers of the API server are asserted field by field.
export type Json = any;

const PODS = '/api/v1/namespaces/default/pods';

export const HOSTNAME_LABEL = 'kubernetes.io/hostname';
const KUBELET_LABELS = { 'kubernetes.io/os': 'linux' };

export async function createNode(
  { client }: Cluster,
  name: string,
  options: { pods?: string; cpu?: string; labels?: Record<string, string>; annotations?: Record<string, string> } = {},
): Promise<void> {
  const { pods = '110', cpu = '32', labels = {}, annotations = {} } = options;
  const resources = { cpu, memory: '64Gi', pods };
  await client.create('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...KUBELET_LABELS, [HOSTNAME_LABEL]: name, ...labels }, annotations },
    status: { capacity: resources, allocatable: resources, conditions: [{ type: 'Ready', status: 'True' }] },
  });
}

export interface PodOptions {
  group: string;
  workload: string;
  /** In place of our own. */
  labels?: Record<string, string>;
  scheduler?: string;
  spec?: object;
}

export async function createPod({ client }: Cluster, name: string, options: PodOptions): Promise<void> {
  const { group, workload, scheduler = SCHEDULER_NAME, spec = {} } = options;
  const labels = options.labels ?? { [APP_GROUP_LABEL]: group, [WORKLOAD_LABEL]: workload };
  const resources = { requests: { cpu: '100m' } };
  await client.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: {
      schedulerName: scheduler,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'app', image: 'example/app:1', resources }],
      ...spec,
    },
  });
}

/** One limited call: `caller` to `called`. */
export async function createGroup(
  { client }: Cluster,
  name: string,
  [caller, called]: [string, string],
  maxLatencyMicroseconds?: number,
): Promise<void> {
  const limit = maxLatencyMicroseconds === undefined ? {} : { maxLatencyMicroseconds };
  await client.create(`/apis/${API_VERSION}/namespaces/default/appgroups`, {
    apiVersion: API_VERSION,
    kind: 'AppGroup',
    metadata: { name },
    spec: { workloads: [{ name: caller, dependencies: [{ name: called, weight: 1, ...limit }] }, { name: called }] },
  });
}

/** Says what `origin` measured: the RTT to other nodes, in milliseconds. */
export async function measure(
  { client }: Cluster,
  origin: string,
  rttMs: Readonly<Record<string, number>>,
): Promise<void> {
  const rttMeasuredAt = new Date().toISOString();
  const links = Object.entries(rttMs).map(([destination, rtt]) => ({
    destination,
    rttMicroseconds: rtt * 1000,
    lossPartsPerMillion: 0,
    rttMeasuredAt,
    samples: 70,
  }));
  await client.apply(`${resourcePath(NETWORK_TOPOLOGY_SLICE)}/${origin}`, 'test', {
    apiVersion: API_VERSION,
    kind: 'NetworkTopologySlice',
    metadata: { name: origin },
    origin,
    links,
  });
}

export async function nodeOf({ client }: Cluster, pod: string): Promise<string | undefined> {
  return ((await client.get(`${PODS}/${pod}`)) as Json).spec.nodeName;
}

/** The node that the pod is bound to; waits for it. */
export async function boundTo(cluster: Cluster, pod: string): Promise<string> {
  let node: string | undefined;
  await until(`${pod} is bound`, DEADLINE_MS, async () => {
    node = await nodeOf(cluster, pod);
    return node === undefined ? 'it is not' : undefined;
  });
  return node ?? '';
}

/** From the pod's creation until it was bound, by the API server's clock, which tells whole seconds. */
export async function boundAfterMs({ client }: Cluster, pod: string): Promise<number> {
  const { metadata, status } = (await client.get(`${PODS}/${pod}`)) as Json;
  const scheduled = status.conditions.find(({ type }: Json) => type === 'PodScheduled');
  return Date.parse(scheduled.lastTransitionTime) - Date.parse(metadata.creationTimestamp);
}

/** Messages of the pod's events with the reason. */
export async function eventsOf({ client }: Cluster, pod: string, reason: string): Promise<string[]> {
  const selector = encodeURIComponent(`involvedObject.name=${pod},reason=${reason}`);
  const { items } = (await client.get(`/api/v1/namespaces/default/events?fieldSelector=${selector}`)) as Json;
  return items.map(({ message }: Json) => message);
}

/** The first message of the pod's events with the reason; waits for it. */
export async function eventOf(cluster: Cluster, pod: string, reason: string): Promise<string> {
  let messages: string[] = [];
  await until(`${pod} has an event ${reason}`, DEADLINE_MS, async () => {
    messages = await eventsOf(cluster, pod, reason);
    return messages.length === 0 ? 'it has none' : undefined;
  });
  return messages[0] ?? '';
}

/** What a test made is known to the extender when it rejects the node for a pod "control" of the group "sensors". */
export async function untilRejected(extenderUrl: string, node: string): Promise<void> {
  const labels = { [APP_GROUP_LABEL]: 'sensors', [WORKLOAD_LABEL]: 'control' };
  const Pod = { metadata: { name: 'probe', namespace: 'default', labels }, spec: {} };
  const body = JSON.stringify({ Pod, NodeNames: [node] });
  await until(`the extender rejects ${node}`, DEADLINE_MS, async () => {
    const answer = await fetch(`${extenderUrl}/scheduler/filter`, { method: 'POST', body });
    const { NodeNames } = (await answer.json()) as { NodeNames: string[] };
    return NodeNames.length === 0 ? undefined : 'it passes';
  });
}

/** Starts the second kube-scheduler, which asks the extender at `extenderUrl`. */
export async function startSecondScheduler(cluster: Cluster, extenderUrl: string): Promise<void> {
  const { controlPlane, folder, host } = cluster;
  const line = await secondSchedulerCommand({
    folder: join(folder),
    host,
    program: controlPlane.commands['kube-scheduler'].command,
    kubeconfig: controlPlane.kubeconfig,
    extenderUrl,
  });
  await cluster.start('second-scheduler', line);
}

/** The value of a service's metric, by name and labels as they are written; 0 where it is not there. */
export async function metricOf(url: string, series: string): Promise<number> {
  return metricIn(await (await fetch(`${url}/metrics`)).text(), series);
}

export function metricIn(metrics: string, series: string): number {
  const lines = metrics.split('\n');
  return Number(lines.find((line) => line.startsWith(`${series} `))?.split(' ')[1] ?? 0);
}

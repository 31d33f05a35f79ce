import type { CallGraph } from '#benchmark/call-graph.ts';
import { appGroupOf, podOf, SERVICE_PORT } from '#benchmark/manifests.ts';
import { APP_GROUP, resourcePath } from '#core/api/custom-resources.ts';
import { type Pod, pod } from '#core/api/kubernetes.ts';
import { WORKLOAD_LABEL } from '#core/api/names.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';
import { until } from '#lab/until.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Placement } from './demo-result.ts';

const BIND_DEADLINE_MS = 20_000;
const READY_DEADLINE_MS = 30_000;
const DELETE_DEADLINE_MS = 20_000;

/** The app, running: where its pods are and where its front answers. */
export interface Deployment {
  placements: Placement[];
  frontUrl: string;
}

/**
 * Creates the app's pods one after the other, in the given order of workloads, each after the one before is bound, and
 * waits until all are ready.
 */
export async function deployApp(options: {
  client: KubernetesClient;
  graph: CallGraph;
  order: readonly string[];
  namespace: string;
  schedulerName: string;
  seed: number;
  signal: AbortSignal;
}): Promise<Deployment> {
  const { client, graph, order, namespace, schedulerName, seed, signal } = options;
  await client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  // Until a namespace has it, its pods are refused; the controller that makes it may come later.
  const serviceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await client.apply(`/api/v1/namespaces/${namespace}/serviceaccounts/default`, 'netaware-demo', serviceAccount);
  await client.create(resourcePath(APP_GROUP, namespace), appGroupOf(graph, namespace));
  for (const [position, workload] of order.entries()) {
    const podName = `${workload}-0`;
    await client.create(
      podsPath(namespace),
      podOf(graph, workload, { namespace, podName, schedulerName, seed: seed + position }),
    );
    await until(
      `pod ${namespace}/${podName} is bound`,
      BIND_DEADLINE_MS,
      async () => ((await readPod(client, namespace, podName)).spec.nodeName ? undefined : 'no node fits it'),
      signal,
    );
  }
  let pods: Pod[] = [];
  await until(
    `the pods in ${namespace} are ready`,
    READY_DEADLINE_MS,
    async () => {
      pods = await listPods(client, namespace);
      const waiting = pods.filter((candidate) => !isPodReady(candidate)).map(({ metadata }) => metadata.name);
      return waiting.length === 0 ? undefined : `waiting for ${waiting.join(', ')}`;
    },
    signal,
  );
  return { placements: pods.map(placementOf), frontUrl: frontUrl(pods, graph.front) };
}

/** Deletes the app's namespace and waits until its pods' processes have ended. */
export async function deleteApp(client: KubernetesClient, namespace: string): Promise<void> {
  await client.delete(`/api/v1/namespaces/${namespace}`);
  await until(`the pods in ${namespace} are gone`, DELETE_DEADLINE_MS, async () => {
    const pods = await listPods(client, namespace);
    return pods.length === 0 ? undefined : `${pods.length} left`;
  });
}

function podsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

async function readPod(client: KubernetesClient, namespace: string, name: string): Promise<Pod> {
  const path = `${podsPath(namespace)}/${name}`;
  return parseInput(pod, await client.get(path), path);
}

async function listPods(client: KubernetesClient, namespace: string): Promise<Pod[]> {
  const { items } = (await client.get(podsPath(namespace))) as { items: unknown[] };
  return items.map((item) => parseInput(pod, item, podsPath(namespace)));
}

function isPodReady({ status }: Pod): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

function placementOf({ metadata, spec }: Pod): Placement {
  return { workload: metadata.labels?.[WORKLOAD_LABEL] ?? '', pod: metadata.name, node: spec.nodeName ?? '' };
}

function frontUrl(pods: readonly Pod[], front: string): string {
  const address = pods.find(({ metadata }) => metadata.labels?.[WORKLOAD_LABEL] === front)?.status?.podIP;
  if (address === undefined) throw new AppError('FAILED', `the front ${front} has no address`);
  return `http://${address}:${SERVICE_PORT}/`;
}

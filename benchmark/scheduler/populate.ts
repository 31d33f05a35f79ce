import { toCustomResourceDefinition } from '#core/api/custom-resource-definition.ts';
import {
  APP_GROUP,
  CUSTOM_RESOURCES,
  NETWORK_TOPOLOGY,
  NETWORK_TOPOLOGY_SLICE,
  resourcePath,
} from '#core/api/custom-resources.ts';
import { AppError } from '#core/errors.ts';
import { until } from '#lab/until.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { type Apps, NAMESPACE } from './apps.ts';
import type { Cluster } from './cluster.ts';
import {
  APP_GROUP_API,
  NETWORK_TOPOLOGY_API,
  networkOverheadAppGroup,
  networkOverheadDefinitions,
  networkOverheadTopology,
} from './network-overhead-objects.ts';
import type { ZonedNetwork } from './zoned-network.ts';

const CREATED_AT_ONCE = 32;
const SERVED_MS = 60_000;
const DELETED_MS = 300_000;
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;

/** All that every run finds in the cluster: resource types, nodes, links, AppGroups; both netaware's and NetworkOverhead's. */
export async function populate(
  client: KubernetesClient,
  { network, cluster, apps }: { network: ZonedNetwork; cluster: Cluster; apps: Apps },
): Promise<void> {
  const ours = CUSTOM_RESOURCES.map(toCustomResourceDefinition);
  await createAll(client, DEFINITIONS, [...ours, ...networkOverheadDefinitions()]);
  const theirAppGroups = `/apis/${APP_GROUP_API}/v1alpha1/namespaces/${NAMESPACE}/appgroups`;
  const theirTopologies = `/apis/${NETWORK_TOPOLOGY_API}/v1alpha1/namespaces/${NAMESPACE}/networktopologies`;
  const collections: [path: string, objects: object[]][] = [
    ['/api/v1/nodes', cluster.nodes],
    [resourcePath(NETWORK_TOPOLOGY), [cluster.topology]],
    [resourcePath(NETWORK_TOPOLOGY_SLICE), cluster.slices],
    [resourcePath(APP_GROUP, NAMESPACE), apps.groups],
    [theirAppGroups, apps.graphs.map((graph) => networkOverheadAppGroup(graph, NAMESPACE))],
    [theirTopologies, [networkOverheadTopology(network, NAMESPACE)]],
  ];
  for (const [path, objects] of collections) {
    await until(`${path} is served`, SERVED_MS, () => whyNotServed(client, path));
    await createAll(client, path, objects);
  }
}

/** Queues the pods; no scheduler runs yet. */
export async function createPods(client: KubernetesClient, apps: Apps): Promise<void> {
  await createAll(client, PODS, apps.pods);
}

export async function deletePods(client: KubernetesClient): Promise<void> {
  await client.delete(PODS, { gracePeriodSeconds: 0 });
  await until('all pods are deleted', DELETED_MS, async () => {
    const { items } = (await client.get(`${PODS}?limit=1`)) as { items: unknown[] };
    return items.length === 0 ? undefined : 'some are left';
  });
}

async function whyNotServed(client: KubernetesClient, path: string): Promise<string | undefined> {
  try {
    await client.get(`${path}?limit=1`);
    return undefined;
  } catch (err) {
    if (err instanceof AppError && err.code !== 'INVALID_INPUT') return err.message;
    throw err;
  }
}

async function createAll(client: KubernetesClient, path: string, objects: readonly object[]): Promise<void> {
  const waiting = objects.values();
  // The workers share one iterator: each takes the next object when it is done with its last.
  const worker = async () => {
    for (const object of waiting) await client.create(path, object);
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, worker));
}

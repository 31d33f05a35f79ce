import type { Pod } from '#core/api/kubernetes.ts';
import { API_VERSION, APP_GROUP_LABEL, SCHEDULER_NAME, WORKLOAD_LABEL } from '#core/api/names.ts';
import { until } from '#lab/until.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

// A small app in the namespace default: its AppGroup "shop" and pods that netaware's scheduler places.

const APP = 'shop';
const PODS = '/api/v1/namespaces/default/pods';
const DEADLINE_MS = 90_000;

/** Creates the AppGroup; `calls` names the workloads that each calls. */
export async function createAppGroup(client: KubernetesClient, calls: Record<string, string[]>): Promise<void> {
  await client.create('/apis/netaware.io/v1alpha1/namespaces/default/appgroups', {
    apiVersion: API_VERSION,
    kind: 'AppGroup',
    metadata: { name: APP },
    spec: appGroupSpec(calls),
  });
}

export async function changeAppGroup(client: KubernetesClient, calls: Record<string, string[]>): Promise<void> {
  const path = `/apis/netaware.io/v1alpha1/namespaces/default/appgroups/${APP}`;
  await client.patch(path, 'application/merge-patch+json', { spec: appGroupSpec(calls) });
}

function appGroupSpec(calls: Record<string, string[]>): object {
  return {
    workloads: Object.entries(calls).map(([name, called]) => ({
      name,
      dependencies: called.map((dependency) => ({ name: dependency })),
    })),
  };
}

/** Creates a pod of a workload; `node` keeps it there, and a gated one is never placed. */
export async function createAppPod(
  client: KubernetesClient,
  name: string,
  workload: string,
  { node, gated = false }: { node?: string; gated?: boolean } = {},
): Promise<void> {
  await client.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { [APP_GROUP_LABEL]: APP, [WORKLOAD_LABEL]: workload } },
    spec: {
      schedulerName: SCHEDULER_NAME,
      ...(node === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': node } }),
      ...(gated ? { schedulingGates: [{ name: 'test/never' }] } : {}),
      containers: [{ name: 'main', image: 'none', resources: { requests: { cpu: '100m', memory: '64Mi' } } }],
    },
  });
}

/** Waits until the pod is bound; returns its node. */
export async function nodeOf(client: KubernetesClient, name: string): Promise<string> {
  let node = '';
  await until(`pod ${name} is bound`, DEADLINE_MS, async () => {
    const { spec, status } = (await client.get(`${PODS}/${name}`)) as Pod;
    node = spec.nodeName ?? '';
    return node === '' ? JSON.stringify(status) : undefined;
  });
  return node;
}

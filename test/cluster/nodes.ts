import { PROBE_ADDRESS_ANNOTATION } from '#core/api/names.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

/** A node without a kubelet that looks ready: pods are bound to it and then wait. */
export async function addNode(
  client: KubernetesClient,
  name: string,
  options: { address?: string } = {},
): Promise<void> {
  const { address } = options;
  const capacity = { cpu: '4', memory: '8Gi', pods: '110' };
  await client.create('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
      annotations: address === undefined ? {} : { [PROBE_ADDRESS_ANNOTATION]: address },
    },
    status: { capacity, allocatable: capacity, conditions: [{ type: 'Ready', status: 'True' }] },
  });
}

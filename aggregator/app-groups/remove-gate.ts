import { ORDERED_GATE } from '#core/api/names.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

/**
 * Takes the gate off the pod, wherever in the list it is, and leaves other gates. Changes nothing where it is gone. Throws AppError
 * where the API server refuses, also where another pod has the name by now.
 */
export async function removeGate(
  client: KubernetesClient,
  pod: { namespace: string; name: string; uid: string },
): Promise<void> {
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}`;
  await client.patch(path, 'application/strategic-merge-patch+json', {
    metadata: { uid: pod.uid },
    spec: { schedulingGates: [{ $patch: 'delete', name: ORDERED_GATE }] },
  });
}

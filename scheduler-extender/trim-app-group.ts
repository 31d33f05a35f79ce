import type { KubernetesObject } from '@kubernetes/client-node';
import type { AppGroupStatus } from '#core/api/app-group.ts';

/** The status names the node of every pod, which the extender knows from the pods themselves: of it the plan is kept. */
export function trimAppGroup(object: KubernetesObject & { status?: AppGroupStatus | null }): KubernetesObject {
  const { status, ...rest } = object;
  if (status == null) return object;
  const { observedGeneration, plan } = status;
  return { ...rest, status: { observedGeneration, plan } } as KubernetesObject;
}

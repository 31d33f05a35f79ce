import { hasOrderedGate } from '#aggregator/app-groups/gated-pods.ts';
import { pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL } from '#core/api/names.ts';
import { membership } from '#core/appgroup/placements.ts';
import { AppError } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

const PAGE = 500;

/** A pod that has the gate and not our label of an AppGroup. */
export interface StrayPod {
  uid: string;
  namespace: string;
  name: string;
  /** It says by scheduler-plugins' labels to which AppGroup it belongs. */
  isMember: boolean;
}

/** No watch of ours tells of such pods, but where scheduler-plugins is installed, and nobody else would ever remove the gate. */
export async function findStrayPods(client: KubernetesClient): Promise<StrayPod[]> {
  const found: StrayPod[] = [];
  let next: string | undefined;
  do {
    const query = new URLSearchParams({
      labelSelector: `!${APP_GROUP_LABEL}`,
      fieldSelector: 'spec.nodeName=',
      limit: String(PAGE),
      ...(next === undefined ? {} : { continue: next }),
    });
    const page = (await client.get(`/api/v1/pods?${query}`)) as PodPage;
    if (!Array.isArray(page?.items)) throw new AppError('UNAVAILABLE', 'GET /api/v1/pods: the answer is no list');
    found.push(...page.items.flatMap(strayPod));
    next = page.metadata?.continue || undefined;
  } while (next !== undefined);
  return found;
}

interface PodPage {
  metadata?: { continue?: string };
  items?: unknown[];
}

function strayPod(item: unknown): StrayPod[] {
  const { data } = pod.safeParse(item);
  if (data === undefined || data.metadata.deletionTimestamp || !hasOrderedGate(data)) return [];
  const { uid = '', namespace = 'default', name } = data.metadata;
  return [{ uid, namespace, name, isMember: membership(data) !== undefined }];
}

import type { KubernetesObject } from '@kubernetes/client-node';
import { PROBE_ADDRESS_ANNOTATION } from '#core/api/names.ts';

type NodeObject = KubernetesObject & { spec?: Record<string, unknown>; status?: Record<string, unknown> };

/**
 * Of a node only what measurements and plans are made from: its images, its managed fields and its other conditions are most of
 * it.
 */
export function trimNode({ apiVersion, kind, metadata, spec, status }: NodeObject): KubernetesObject {
  const { name, uid, resourceVersion, deletionTimestamp, labels, annotations } = metadata ?? {};
  const address = annotations?.[PROBE_ADDRESS_ANNOTATION];
  const { unschedulable, taints } = spec ?? {};
  const { addresses, allocatable, conditions } = status ?? {};
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      uid,
      resourceVersion,
      deletionTimestamp,
      labels,
      ...(address === undefined ? {} : { annotations: { [PROBE_ADDRESS_ANNOTATION]: address } }),
    },
    spec: spec && { unschedulable, taints },
    status: status && {
      addresses,
      allocatable,
      conditions: Array.isArray(conditions) ? conditions.flatMap(trimCondition) : conditions,
    },
  } as KubernetesObject;
}

/** What is no condition is left as it is, to be refused. */
function trimCondition(condition: unknown): unknown[] {
  const { type, status } = (condition ?? {}) as { type?: unknown; status?: unknown };
  if (typeof type !== 'string' || typeof status !== 'string') return [condition];
  return type === 'Ready' ? [{ type, status }] : [];
}

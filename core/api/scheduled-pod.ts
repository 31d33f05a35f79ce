import { z } from 'zod';
import { type Pod, pod } from '#core/api/kubernetes.ts';

/**
 * As `pod`, for the path of a pod's scheduling, where `pod` takes nearly as long as the decision: of a pod that looks right,
 * only what placements, limits and scores are read from is looked at, and it is passed on as it came. Any other is read by `pod`.
 */
export const scheduledPod = z.unknown().transform((value, { issues }): Pod => {
  if (isPlain(value)) return value;
  const read = pod.safeParse(value);
  if (read.success) return read.data;
  issues.push(...(read.error.issues as typeof issues));
  return z.NEVER;
});

function isPlain(value: unknown): value is Pod {
  if (!isRecord(value) || !isRecord(value.metadata) || !isRecord(value.spec)) return false;
  const { apiVersion = 'v1', kind = 'Pod', metadata, spec, status } = value;
  return apiVersion === 'v1' && kind === 'Pod' && isPlainMeta(metadata) && isPlainSpec(spec) && isPlainStatus(status);
}

function isPlainMeta(metadata: Record<string, unknown>): boolean {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = metadata;
  return (
    typeof name === 'string' &&
    name.length > 0 &&
    name.length <= 253 &&
    isText(namespace) &&
    isText(uid) &&
    isText(resourceVersion) &&
    (generation === undefined || Number.isFinite(generation)) &&
    isText(creationTimestamp) &&
    isText(deletionTimestamp) &&
    isTexts(metadata.labels) &&
    isTexts(metadata.annotations)
  );
}

function isPlainSpec({ nodeName, schedulerName, schedulingGates, containers }: Record<string, unknown>): boolean {
  return isText(nodeName) && isText(schedulerName) && schedulingGates === undefined && Array.isArray(containers);
}

function isPlainStatus(status: unknown): boolean {
  return status === undefined || (isRecord(status) && isText(status.phase));
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isTexts(map: unknown): boolean {
  if (map === undefined) return true;
  if (!isRecord(map)) return false;
  for (const key in map) if (typeof map[key] !== 'string') return false;
  return true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

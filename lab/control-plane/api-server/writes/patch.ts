import { isObject, type KubeObject, objectOrEmpty } from '#lab/control-plane/api-server/kube-object.ts';
import { applyJsonPatch } from '#lab/control-plane/api-server/patch/json-patch.ts';
import { applyMergePatch } from '#lab/control-plane/api-server/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '#lab/control-plane/api-server/patch/strategic-merge-patch.ts';
import type { ResourceType } from '#lab/control-plane/api-server/resource-type.ts';
import { badRequest, invalid, unsupportedMediaType } from '#lab/control-plane/api-server/status-error.ts';
import { type Subresource, updateObject } from '#lab/control-plane/api-server/writes/update.ts';
import type { WriteContext } from '#lab/control-plane/api-server/writes/write-context.ts';

export const APPLY_PATCH = 'application/apply-patch+yaml';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';

/** Kinds of patch that a resource takes; strategic ones need lists of known shape, which custom resources have not. */
export function patchTypes(type: ResourceType): string[] {
  return [JSON_PATCH, MERGE_PATCH, ...(type.custom ? [] : [STRATEGIC_MERGE_PATCH]), APPLY_PATCH];
}

/** JSON, merge or strategic merge patch. Throws StatusError 400, 409, 415, 422. */
export function patchObject(
  context: WriteContext,
  type: ResourceType,
  current: KubeObject,
  patch: { mediaType: string; body: unknown },
  subresource: Subresource,
): KubeObject {
  const next = patched(type, current, patch);
  checkUid(type, next, current);
  return updateObject(context, type, current, next, subresource);
}

/** Throws StatusError 422 where the patch is meant for another object of the name; an update would be a conflict. */
function checkUid(type: ResourceType, next: unknown, { metadata }: KubeObject): void {
  const { uid } = objectOrEmpty(objectOrEmpty(next).metadata);
  if (uid === undefined || uid === metadata.uid) return;
  const message = `Invalid value: ${JSON.stringify(uid)}: field is immutable`;
  throw invalid(type, metadata.name, [{ reason: 'FieldValueInvalid', field: 'metadata.uid', message }]);
}

function patched(type: ResourceType, current: KubeObject, { mediaType, body }: { mediaType: string; body: unknown }) {
  if (!patchTypes(type).includes(mediaType)) throw unsupportedMediaType(patchTypes(type));
  if (mediaType === JSON_PATCH) return applyJsonPatch(current, body);
  if (!isObject(body)) throw badRequest('the patch is not a JSON object');
  if (mediaType === MERGE_PATCH) return applyMergePatch(current, body);
  return applyStrategicMergePatch(current, body, type.listShape);
}

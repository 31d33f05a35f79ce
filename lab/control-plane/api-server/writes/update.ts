import { isDeepStrictEqual } from 'node:util';
import { trackUpdate } from '#lab/control-plane/api-server/field-ownership/track-update.ts';
import { type KubeObject, without } from '#lab/control-plane/api-server/kube-object.ts';
import { apiVersionOf, collectionName, type ResourceType } from '#lab/control-plane/api-server/resource-type.ts';
import { badRequest, conflict, invalid } from '#lab/control-plane/api-server/status-error.ts';
import { removeObject } from '#lab/control-plane/api-server/writes/delete.ts';
import { withIdentity } from '#lab/control-plane/api-server/writes/identity.ts';
import type { WriteContext } from '#lab/control-plane/api-server/writes/write-context.ts';

export type Subresource = 'status' | undefined;

/**
 * Replaces the part of an object that the subresource covers. Throws StatusError 400, 409 where the body's
 * resourceVersion or uid is not the current one, 422. Nothing is stored where nothing changes.
 */
export function updateObject(
  context: WriteContext,
  type: ResourceType,
  current: KubeObject,
  body: unknown,
  subresource: Subresource,
): KubeObject {
  const { metadata, ...fields } = withIdentity(body, type, current.metadata.namespace);
  const { name, uid } = current.metadata;
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (!takesUnversionedUpdates(type) && metadata.resourceVersion === undefined) {
    const message = 'Invalid value: 0: must be specified for an update';
    throw invalid(type, name, [{ reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', message }]);
  }
  checkVersion(type, current, metadata);
  if (metadata.uid !== undefined && metadata.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
    throw conflict(type, name, why);
  }
  const next = splitStatus(type, current, { ...fields, metadata } as KubeObject, subresource);
  const owner = {
    manager: context.fieldManager,
    operation: 'Update' as const,
    apiVersion: apiVersionOf(type),
    ...(subresource === undefined ? {} : { subresource }),
  };
  const admitted = type.admitUpdate(withServerFields(next, current), current, context.validation);
  return storeChanged(context, type, current, trackUpdate(current, admitted, owner, type.listShape, context.now));
}

/** Only the core group's resources do. */
function takesUnversionedUpdates({ group }: ResourceType): boolean {
  return group === '';
}

/** What an update of one part leaves as it is in the other. */
export function splitStatus(
  type: ResourceType,
  current: KubeObject,
  next: KubeObject,
  subresource: Subresource,
): KubeObject {
  if (!type.hasStatus) return next;
  if (subresource === undefined) {
    return current.status === undefined ? without(next, 'status') : { ...next, status: current.status };
  }
  if (type.custom) return next.status === undefined ? without(current, 'status') : { ...current, status: next.status };
  return { ...next, ...('spec' in current ? { spec: current.spec } : {}) };
}

/** `next` with the metadata that only the server writes. */
export function withServerFields(next: KubeObject, current: KubeObject): KubeObject {
  const { name, namespace, uid, creationTimestamp, generation, deletionTimestamp } = current.metadata;
  const { deletionGracePeriodSeconds, managedFields } = current.metadata;
  const kept = { name, namespace, uid, creationTimestamp, generation, deletionTimestamp };
  const served = { ...kept, deletionGracePeriodSeconds, managedFields };
  const set = Object.entries(served).filter(([, value]) => value !== undefined);
  const metadata = without(next.metadata, 'selfLink', ...Object.keys(served));
  return { ...next, metadata: { ...metadata, ...Object.fromEntries(set) } as KubeObject['metadata'] };
}

/** Stores an admitted object where it differs; one that waited for its last finalizer goes. */
export function storeChanged(
  context: WriteContext,
  type: ResourceType,
  current: KubeObject,
  admitted: KubeObject,
): KubeObject {
  const next = withGeneration(type, current, admitted);
  if (isDeepStrictEqual(withoutRevision(next), withoutRevision(current))) return current;
  if (context.dryRun) return next;
  const stored = context.store.put(collectionName(type), next);
  const { deletionTimestamp, finalizers = [] } = stored.metadata;
  const released = (current.metadata.finalizers ?? []).length > 0 && finalizers.length === 0;
  if (deletionTimestamp === undefined || !released) return stored;
  return removeObject(context, type, stored);
}

/** Throws StatusError 409 where a resourceVersion is given that is not the current one. */
export function checkVersion(
  type: ResourceType,
  current: KubeObject,
  { resourceVersion }: KubeObject['metadata'],
): void {
  if (resourceVersion === undefined || resourceVersion === current.metadata.resourceVersion) return;
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  throw conflict(type, current.metadata.name, why);
}

function withGeneration(type: ResourceType, current: KubeObject, next: KubeObject): KubeObject {
  if (!type.hasGeneration) return next;
  const ignored = type.hasStatus ? ['metadata', 'status'] : ['metadata'];
  if (isDeepStrictEqual(without(next, ...ignored), without(current, ...ignored))) return next;
  return { ...next, metadata: { ...next.metadata, generation: (current.metadata.generation ?? 0) + 1 } };
}

function withoutRevision(object: KubeObject): KubeObject {
  return { ...object, metadata: without(object.metadata, 'resourceVersion') };
}

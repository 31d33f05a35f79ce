import { z } from 'zod';
import { fieldAt, type KubeObject, timestamp } from '#lab/control-plane/api-server/kube-object.ts';
import { collectionName, type ResourceType } from '#lab/control-plane/api-server/resource-type.ts';
import { DEFINITIONS, NAMESPACES, PODS } from '#lab/control-plane/api-server/resources/built-in-types.ts';
import { conflict, forbidden } from '#lab/control-plane/api-server/status-error.ts';
import type { WriteContext } from '#lab/control-plane/api-server/writes/write-context.ts';

export const deleteOptions = z.looseObject({
  gracePeriodSeconds: z.int().min(0).nullish(),
  propagationPolicy: z.string().nullish(),
  preconditions: z.looseObject({ uid: z.string().nullish(), resourceVersion: z.string().nullish() }).nullish(),
  dryRun: z.array(z.string()).nullish(),
});
export type DeleteOptions = z.infer<typeof deleteOptions>;

const PROTECTED_NAMESPACES = ['default', 'kube-system'];

/**
 * Deletes an object and what it owns. One with finalizers, and a bound pod with a grace period, is only marked: its
 * last finalizer's owner, or the kubelet by a second delete without grace, makes it go. Returns the last state.
 * Throws StatusError 403 and 409.
 */
export function deleteObject(
  context: WriteContext,
  type: ResourceType,
  object: KubeObject,
  options: DeleteOptions,
): KubeObject {
  const { name } = object.metadata;
  checkPreconditions(type, object, options);
  if (type.kind === NAMESPACES.kind && PROTECTED_NAMESPACES.includes(name)) {
    throw forbidden(type, name, 'this namespace may not be deleted');
  }
  const graceSeconds = gracePeriodSeconds(type, object, options);
  const hasFinalizers = (object.metadata.finalizers ?? []).length > 0;
  if (context.dryRun) return object;
  if (graceSeconds > 0 || hasFinalizers) return markDeleted(context, type, object, graceSeconds);
  return removeObject(context, type, object, options);
}

/** Removes an object at once, with what is in it (namespaces, definitions) and what it alone owns. */
export function removeObject(
  context: WriteContext,
  type: ResourceType,
  object: KubeObject,
  { propagationPolicy }: DeleteOptions = {},
): KubeObject {
  const { name, uid } = object.metadata;
  const { store } = context;
  if (type.kind === NAMESPACES.kind) removeAll(context, ({ metadata }) => metadata.namespace === name);
  if (type.kind === DEFINITIONS.kind) removeAll(context, (_object, collection) => collection === name);
  const removed = store.remove(collectionName(type), object);
  if (propagationPolicy !== 'Orphan') {
    for (const [collection, dependent] of store.all()) {
      const { ownerReferences = [] } = dependent.metadata;
      if (ownerReferences.length !== 1 || ownerReferences[0]?.uid !== uid) continue;
      const dependentType = context.types.ofCollection(collection);
      if (dependentType !== undefined) deleteObject(context, dependentType, dependent, {});
    }
  }
  return removed;
}

function removeAll({ store }: WriteContext, isIn: (object: KubeObject, collection: string) => boolean): void {
  const contents = [...store.all()].filter(([collection, object]) => isIn(object, collection));
  for (const [collection, object] of contents) store.remove(collection, object);
}

function gracePeriodSeconds(type: ResourceType, object: KubeObject, options: DeleteOptions): number {
  if (type.plural !== PODS.plural || type.group !== '') return 0;
  const isBound = fieldAt(object, 'spec.nodeName') !== undefined;
  const hasEnded = ['Succeeded', 'Failed'].includes(String(fieldAt(object, 'status.phase')));
  if (!isBound || hasEnded) return 0;
  return options.gracePeriodSeconds ?? Number(fieldAt(object, 'spec.terminationGracePeriodSeconds') ?? 0);
}

/** A later delete can shorten the grace period, never lengthen it. */
function markDeleted(context: WriteContext, type: ResourceType, object: KubeObject, graceSeconds: number): KubeObject {
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp !== undefined && graceSeconds >= Number(deletionGracePeriodSeconds ?? 0)) return object;
  const metadata = {
    ...object.metadata,
    deletionTimestamp: timestamp(new Date(context.now.getTime() + graceSeconds * 1_000)),
    deletionGracePeriodSeconds: graceSeconds,
  };
  return context.store.put(collectionName(type), { ...object, metadata });
}

function checkPreconditions(type: ResourceType, { metadata }: KubeObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const failed = (what: string, wanted: string, found: unknown) =>
    conflict(
      type,
      metadata.name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`,
    );
  if (uid != null && uid !== metadata.uid) throw failed('UID', uid, metadata.uid);
  if (resourceVersion != null && resourceVersion !== metadata.resourceVersion) {
    throw failed('ResourceVersion', resourceVersion, metadata.resourceVersion);
  }
}

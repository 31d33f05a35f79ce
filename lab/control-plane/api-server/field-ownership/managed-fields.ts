import {
  type FieldSet,
  fieldsOf,
  fromFieldsV1,
  toFieldsV1,
} from '#lab/control-plane/api-server/field-ownership/field-set.ts';
import type { JsonObject, KubeObject } from '#lab/control-plane/api-server/kube-object.ts';
import { isObject, timestamp, without } from '#lab/control-plane/api-server/kube-object.ts';
import type { ListShapeOf } from '#lab/control-plane/api-server/patch/list-shape.ts';

/** Who owns fields, and by which kind of write. */
export interface FieldOwner {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource?: string;
}

export interface OwnedFields {
  owner: FieldOwner;
  fields: FieldSet;
  time: string;
}

export function readManagedFields(object: KubeObject): OwnedFields[] {
  return (object.metadata.managedFields ?? []).map((entry) => ({
    owner: {
      manager: String(entry.manager),
      operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
      apiVersion: String(entry.apiVersion),
      ...(typeof entry.subresource === 'string' ? { subresource: entry.subresource } : {}),
    },
    fields: fromFieldsV1(entry.fieldsV1),
    time: String(entry.time),
  }));
}

/** `object` with these entries as its managedFields; owners of nothing are left out. */
export function withManagedFields(object: KubeObject, entries: OwnedFields[]): KubeObject {
  const managedFields = entries
    .filter(({ fields }) => fields.size > 0)
    .map(({ owner, fields, time }) => ({ ...owner, time, fieldsType: 'FieldsV1', fieldsV1: toFieldsV1(fields) }));
  const metadata = without(object.metadata, 'managedFields');
  return { ...object, metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields } };
}

export function isSameOwner(a: FieldOwner, b: FieldOwner): boolean {
  return a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource;
}

/** `entries` with that of one owner set anew, at the end where it is a new one; its time moves only with its fields. */
export function replaceOwner(entries: OwnedFields[], owner: FieldOwner, fields: FieldSet, now: Date): OwnedFields[] {
  const before = entries.find((entry) => isSameOwner(entry.owner, owner));
  const same = before !== undefined && before.fields.size === fields.size && fields.isSubsetOf(before.fields);
  const entry = { owner, fields, time: same ? before.time : timestamp(now) };
  if (before === undefined) return [...entries, entry];
  return entries.map((candidate) => (candidate === before ? entry : candidate));
}

const OWNED_METADATA = ['labels', 'annotations', 'finalizers', 'ownerReferences'];

/** The fields of an object that can be owned: not its identity, nor what the server itself sets. */
export function ownableFields(object: JsonObject, listShape: ListShapeOf): FieldSet {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const owned = Object.fromEntries(Object.entries(metadata).filter(([name]) => OWNED_METADATA.includes(name)));
  const rest = without(object, 'apiVersion', 'kind', 'metadata');
  return fieldsOf(Object.keys(owned).length === 0 ? rest : { ...rest, metadata: owned }, listShape);
}

import { isDeepStrictEqual } from 'node:util';
import { isOneValue, valueAtField } from '#lab/control-plane/api-server/field-ownership/field-set.ts';
import {
  type FieldOwner,
  isSameOwner,
  ownableFields,
  readManagedFields,
  replaceOwner,
  withManagedFields,
} from '#lab/control-plane/api-server/field-ownership/managed-fields.ts';
import type { KubeObject } from '#lab/control-plane/api-server/kube-object.ts';
import type { ListShapeOf } from '#lab/control-plane/api-server/patch/list-shape.ts';

/**
 * `next` with the ownership after an ordinary update: what it changed is the updater's, and what it removed nobody's.
 * Objects that nobody ever applied carry no managedFields, which saves their size.
 */
export function trackUpdate(
  current: KubeObject,
  next: KubeObject,
  owner: FieldOwner,
  listShape: ListShapeOf,
  now: Date,
): KubeObject {
  const entries = readManagedFields(current);
  if (entries.length === 0) return withManagedFields(next, []);
  const fields = ownableFields(next, listShape);
  const changed = new Set(
    [...fields].filter((text) => {
      const path = JSON.parse(text) as string[];
      const before = valueAtField(current, path);
      return isOneValue(path, listShape) ? !isDeepStrictEqual(before, valueAtField(next, path)) : before === undefined;
    }),
  );
  const left = entries.map((entry) => {
    const existing = entry.fields.intersection(fields);
    return { ...entry, fields: isSameOwner(entry.owner, owner) ? existing : existing.difference(changed) };
  });
  const own = left.find((entry) => isSameOwner(entry.owner, owner))?.fields ?? new Set<string>();
  return withManagedFields(next, replaceOwner(left, owner, own.union(changed), now));
}

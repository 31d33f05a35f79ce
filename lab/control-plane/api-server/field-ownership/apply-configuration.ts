import { isDeepStrictEqual } from 'node:util';
import { describeKey } from '#lab/control-plane/api-server/field-ownership/check-keys.ts';
import {
  type FieldSet,
  isOneValue,
  valueAtField,
  withoutField,
} from '#lab/control-plane/api-server/field-ownership/field-set.ts';
import {
  type FieldOwner,
  isSameOwner,
  type OwnedFields,
  ownableFields,
  readManagedFields,
  replaceOwner,
  withManagedFields,
} from '#lab/control-plane/api-server/field-ownership/managed-fields.ts';
import { mergedOrder } from '#lab/control-plane/api-server/field-ownership/merged-order.ts';
import { isObject, type JsonObject, type KubeObject, timestamp } from '#lab/control-plane/api-server/kube-object.ts';
import { itemKey, type ListMap, type ListShapeOf } from '#lab/control-plane/api-server/patch/list-shape.ts';
import { StatusError } from '#lab/control-plane/api-server/status-error.ts';

/**
 * Server-side apply of `applied` onto the live object. Fields that the owner applied before and now leaves out go,
 * where nobody else owns them. Throws StatusError 409 where a field is another's and has another value, unless forced;
 * then it changes hands.
 */
export function applyConfiguration(
  live: KubeObject,
  applied: JsonObject,
  options: { owner: FieldOwner; force: boolean; listShape: ListShapeOf; now: Date },
): KubeObject {
  const { owner, force, listShape, now } = options;
  const wanted = ownableFields(applied, listShape);
  const entries = entriesOrFirst(live, listShape, now);
  const others = entries.filter((entry) => !isSameOwner(entry.owner, owner));
  const conflicts = others
    .map((entry) => ({ ...entry, fields: differing(live, applied, wanted.intersection(entry.fields), listShape) }))
    .filter(({ fields }) => fields.size > 0);
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);

  const taken = new Set(conflicts.flatMap(({ fields }) => [...fields]));
  const kept = entries.map((entry) =>
    isSameOwner(entry.owner, owner) ? entry : { ...entry, fields: entry.fields.difference(taken) },
  );
  const before = entries.find((entry) => isSameOwner(entry.owner, owner))?.fields ?? new Set<string>();
  const dropped = before.difference(wanted);
  const pruned = removeUnowned(live, dropped, others);
  const merged = mergeApplied(pruned, applied, listShape, []) as KubeObject;
  return withManagedFields(merged, replaceOwner(kept, owner, wanted, now));
}

/** Before the first apply, what is there belongs to an owner of its own, as in Kubernetes. */
function entriesOrFirst(live: KubeObject, listShape: ListShapeOf, now: Date): OwnedFields[] {
  const entries = readManagedFields(live);
  if (entries.length > 0) return entries;
  const owner: FieldOwner = { manager: 'before-first-apply', operation: 'Update', apiVersion: live.apiVersion };
  return [{ owner, fields: ownableFields(live, listShape), time: timestamp(now) }];
}

function differing(live: JsonObject, applied: JsonObject, fields: FieldSet, listShape: ListShapeOf): FieldSet {
  return new Set(
    [...fields].filter((text) => {
      const path = JSON.parse(text) as string[];
      return isOneValue(path, listShape) && !isDeepStrictEqual(valueAtField(live, path), valueAtField(applied, path));
    }),
  );
}

function removeUnowned(live: KubeObject, dropped: FieldSet, others: OwnedFields[]): KubeObject {
  const owned = others.flatMap(({ fields }) => [...fields]);
  const unowned = [...dropped].filter((text) => {
    const prefix = `${text.slice(0, -1)},`;
    return !owned.some((other) => other === text || other.startsWith(prefix));
  });
  return unowned.reduce((object, text) => withoutField(object, JSON.parse(text) as string[]) as KubeObject, live);
}

function mergeApplied(live: unknown, applied: unknown, listShape: ListShapeOf, names: string[]): unknown {
  if (isObject(applied)) {
    const fields: JsonObject = isObject(live) ? live : {};
    const merged = Object.entries(applied).map(([name, value]) => [
      name,
      mergeApplied(fields[name], value, listShape, [...names, name]),
    ]);
    return { ...fields, ...Object.fromEntries(merged) };
  }
  const shape = Array.isArray(applied) ? listShape(names) : 'atomic';
  if (!Array.isArray(applied) || shape === 'atomic') return applied;
  const items: unknown[] = Array.isArray(live) ? live : [];
  if (shape === 'set') return [...items, ...applied.filter((item) => !items.includes(item))];
  return mergeListMap(items, applied, shape, (own, item) =>
    shape.atomicItems ? item : mergeApplied(own, item, listShape, names),
  );
}

function mergeListMap(
  live: unknown[],
  applied: unknown[],
  shape: ListMap,
  merge: (own: unknown, item: unknown) => unknown,
): unknown[] {
  const byKey = (items: unknown[]) => new Map(items.map((item) => [itemKey(item, shape), item]));
  const [own, wanted] = [byKey(live), byKey(applied)];
  return mergedOrder([...own.keys()], [...wanted.keys()]).map((key) =>
    wanted.has(key) ? merge(own.get(key), wanted.get(key)) : own.get(key),
  );
}

function applyConflict(conflicts: OwnedFields[]): StatusError {
  const byOwner = conflicts.map(({ owner, fields }) => ({
    message: describeOwner(owner),
    fields: [...fields].map((text) => describePath(JSON.parse(text) as string[])),
  }));
  const causes = byOwner.flatMap(({ message, fields }) =>
    fields.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${message}`, field })),
  );
  const [first] = causes;
  const lists = byOwner.flatMap(({ message, fields }) => [
    `conflicts with ${message}:`,
    ...fields.map((field) => `- ${field}`),
  ]);
  const problem =
    causes.length === 1
      ? `1 conflict: ${first?.message}: ${first?.field}`
      : `${causes.length} conflicts: ${lists.join('\n')}`;
  return new StatusError(409, 'Conflict', `Apply failed with ${problem}`, { causes });
}

function describeOwner({ manager, operation, apiVersion, subresource }: FieldOwner): string {
  const part = subresource === undefined ? '' : ` with subresource "${subresource}"`;
  return `"${manager}"${part}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}

/** `.spec.workloads[name="a"].weight` */
function describePath(path: string[]): string {
  return path
    .map((element) => {
      if (element.startsWith('f:')) return `.${element.slice(2)}`;
      if (element.startsWith('v:')) return `[=${element.slice(2)}]`;
      return describeKey(element.slice(2));
    })
    .join('');
}

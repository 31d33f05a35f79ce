import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '#lab/control-plane/api-server/kube-object.ts';
import { itemKey, type ListShapeOf } from '#lab/control-plane/api-server/patch/list-shape.ts';

/**
 * A path in Kubernetes' FieldsV1 notation: `f:name` is a field, `k:{"name":"a"}` the item of a keyed list, `v:"a"` the
 * member of a set.
 */
export type FieldPath = readonly string[];

/** Paths, each as the JSON text of a FieldPath. */
export type FieldSet = ReadonlySet<string>;

/** The paths of the leaves of `object` and of the items of its keyed lists. */
export function fieldsOf(object: JsonObject, listShape: ListShapeOf): FieldSet {
  const fields = new Set<string>();
  if (Object.keys(object).length > 0) collect(object, [], [], listShape, fields);
  return fields;
}

function collect(value: unknown, path: string[], names: string[], listShape: ListShapeOf, into: Set<string>): void {
  if (isObject(value) && Object.keys(value).length > 0) {
    for (const [name, child] of Object.entries(value)) {
      collect(child, [...path, `f:${name}`], [...names, name], listShape, into);
    }
    return;
  }
  const shape = Array.isArray(value) ? listShape(names) : 'atomic';
  if (!Array.isArray(value) || shape === 'atomic') {
    into.add(JSON.stringify(path));
    return;
  }
  for (const item of value) {
    const element = shape === 'set' ? `v:${JSON.stringify(item)}` : `k:${itemKey(item, shape)}`;
    into.add(JSON.stringify([...path, element]));
    if (shape !== 'set' && !shape.atomicItems) collect(item, [...path, element], names, listShape, into);
  }
}

/** False for the item of a list whose fields have paths, and so owners, of their own. */
export function isOneValue(path: FieldPath, listShape: ListShapeOf): boolean {
  if (!path.at(-1)?.startsWith('k:')) return true;
  const names = path.filter((element) => element.startsWith('f:')).map((element) => element.slice(2));
  const shape = listShape(names);
  return typeof shape === 'object' && shape.atomicItems === true;
}

/** The value at a path; undefined where there is none. */
export function valueAtField(object: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((at, element) => {
    if (element.startsWith('f:')) return isObject(at) ? at[element.slice(2)] : undefined;
    return Array.isArray(at) ? at.find((item) => isItem(item, element)) : undefined;
  }, object);
}

/** `value` without what is at the path, and without objects and lists that this leaves empty. */
export function withoutField(value: unknown, path: FieldPath): unknown {
  const [element, ...rest] = path;
  if (element === undefined) return undefined;
  if (element.startsWith('f:')) {
    const name = element.slice(2);
    if (!isObject(value) || !(name in value)) return value;
    const { [name]: child, ...others } = value;
    const left = withoutField(child, rest);
    const object = left === undefined ? others : { ...value, [name]: left };
    return Object.keys(object).length === 0 ? undefined : object;
  }
  if (!Array.isArray(value)) return value;
  const list = value.flatMap((item) => {
    const left = isItem(item, element) ? withoutField(item, rest) : item;
    return left === undefined ? [] : [left];
  });
  return list.length === 0 ? undefined : list;
}

function isItem(item: unknown, element: string): boolean {
  const wanted: unknown = JSON.parse(element.slice(2));
  if (element.startsWith('v:')) return item === wanted;
  if (!isObject(item) || !isObject(wanted)) return false;
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(item[key], value));
}

interface FieldTree {
  member: boolean;
  children: Map<string, FieldTree>;
}

/** The nested form in `metadata.managedFields[].fieldsV1`. */
export function toFieldsV1(fields: FieldSet): JsonObject {
  const root: FieldTree = { member: false, children: new Map() };
  for (const text of fields) {
    let at = root;
    for (const element of JSON.parse(text) as string[]) {
      const next = at.children.get(element) ?? { member: false, children: new Map() };
      at.children.set(element, next);
      at = next;
    }
    at.member = true;
  }
  return nest(root);
}

function nest({ member, children }: FieldTree): JsonObject {
  const nested = Object.fromEntries([...children].map(([element, child]) => [element, nest(child)]));
  return member && children.size > 0 ? { '.': {}, ...nested } : nested;
}

export function fromFieldsV1(nested: unknown): FieldSet {
  const fields = new Set<string>();
  unnest(nested, [], fields);
  return fields;
}

function unnest(nested: unknown, path: string[], into: Set<string>): void {
  if (!isObject(nested)) return;
  const elements = Object.keys(nested);
  if (path.length > 0 && (elements.length === 0 || elements.includes('.'))) into.add(JSON.stringify(path));
  for (const element of elements.filter((name) => name !== '.')) unnest(nested[element], [...path, element], into);
}

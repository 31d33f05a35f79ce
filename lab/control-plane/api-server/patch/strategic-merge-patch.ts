import { isObject, type JsonObject } from '#lab/control-plane/api-server/kube-object.ts';
import { itemKey, type ListShapeOf } from '#lab/control-plane/api-server/patch/list-shape.ts';

const DELETE_FROM_LIST = '$deleteFromPrimitiveList/';

/**
 * Strategic merge patch: like a merge patch, but lists merge by their shape, and the directives `$patch: delete`,
 * `$patch: replace`, `$retainKeys` and `$deleteFromPrimitiveList/…` apply. `$setElementOrder/…` is not followed: no
 * client of the lab depends on the order of items.
 */
export function applyStrategicMergePatch(target: JsonObject, patch: JsonObject, listShape: ListShapeOf): JsonObject {
  return mergeObject(target, patch, listShape, []);
}

function mergeObject(target: JsonObject, patch: JsonObject, shapeOf: ListShapeOf, path: string[]): JsonObject {
  const fields = Object.entries(patch).filter(([name]) => !name.startsWith('$'));
  if (patch.$patch === 'replace') return Object.fromEntries(fields);
  if (patch.$patch === 'delete') return {};
  const retained = patch.$retainKeys;
  let merged = Array.isArray(retained)
    ? Object.fromEntries(Object.entries(target).filter(([name]) => retained.includes(name)))
    : target;
  for (const [name, values] of Object.entries(patch).filter(([field]) => field.startsWith(DELETE_FROM_LIST))) {
    const list = name.slice(DELETE_FROM_LIST.length);
    merged = { ...merged, [list]: asList(merged[list]).filter((item) => !asList(values).includes(item)) };
  }
  for (const [name, value] of fields) {
    if (value === null) {
      const { [name]: _removed, ...rest } = merged;
      merged = rest;
    } else {
      merged = { ...merged, [name]: mergeValue(merged[name], value, shapeOf, [...path, name]) };
    }
  }
  return merged;
}

function mergeValue(target: unknown, patch: unknown, shapeOf: ListShapeOf, path: string[]): unknown {
  if (isObject(patch)) return mergeObject(isObject(target) ? target : {}, patch, shapeOf, path);
  if (Array.isArray(patch)) return mergeList(asList(target), patch, shapeOf, path);
  return patch;
}

function mergeList(target: unknown[], patch: unknown[], shapeOf: ListShapeOf, path: string[]): unknown[] {
  const shape = shapeOf(path);
  if (shape === 'atomic') return patch;
  if (shape === 'set') return [...target, ...patch.filter((item) => !target.includes(item))];
  const items = patch.filter(isObject);
  const replaces = items.some((item) => item.$patch === 'replace');
  const merged = new Map((replaces ? [] : target).map((item) => [itemKey(item, shape), item]));
  for (const item of items.filter((candidate) => candidate.$patch !== 'replace')) {
    const key = itemKey(item, shape);
    if (item.$patch === 'delete') merged.delete(key);
    else merged.set(key, mergeValue(merged.get(key), item, shapeOf, path));
  }
  return [...merged.values()];
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

import { isObject } from '#lab/control-plane/api-server/kube-object.ts';
import { itemKey, type ListShapeOf } from '#lab/control-plane/api-server/patch/list-shape.ts';

/** Why the items of an applied object's lists cannot be told apart, in kube-apiserver's words; undefined where they can. */
export function unclearItem(value: unknown, listShape: ListShapeOf, names: string[] = []): string | undefined {
  if (isObject(value)) {
    return firstOf(Object.entries(value), ([name, child]) => unclearItem(child, listShape, [...names, name]));
  }
  const shape = Array.isArray(value) ? listShape(names) : 'atomic';
  if (!Array.isArray(value) || typeof shape === 'string') return undefined;
  const list = `.${names.join('.')}`;
  const seen = new Set<string>();
  return firstOf([...value.entries()], ([index, item]) => {
    const key = itemKey(item, shape);
    if (key === '{}') {
      const keys = JSON.stringify(shape.keys);
      const omits = `an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`;
      return `${list}: element ${index}: associative list with keys has ${omits}`;
    }
    if (seen.has(key)) return `${list}: duplicate entries for key ${describeKey(key)}`;
    seen.add(key);
    return unclearItem(item, listShape, names);
  });
}

/** `[name="a"]` */
export function describeKey(key: string): string {
  const fields = Object.entries(JSON.parse(key) as Record<string, unknown>);
  return `[${fields.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

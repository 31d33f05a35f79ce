import { childPath, fieldSchema, type Schema } from '#lab/control-plane/api-server/custom/schema.ts';
import { isObject } from '#lab/control-plane/api-server/kube-object.ts';

/** `value` without the fields that the schema does not know; their paths are added to `unknownFields`. */
export function pruneUnknownFields(value: unknown, schema: Schema, path: string, unknownFields: string[]): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    return value.map((item, index) => pruneUnknownFields(item, items, childPath(path, index), unknownFields));
  }
  if (!isObject(value)) return value;
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]) => {
      const at = childPath(path, name);
      const childSchema = fieldSchema(schema, name);
      if (childSchema !== undefined) return [[name, pruneUnknownFields(child, childSchema, at, unknownFields)]];
      if (preserves) return [[name, child]];
      unknownFields.push(at);
      return [];
    }),
  );
}

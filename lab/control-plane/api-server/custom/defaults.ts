import { fieldSchema, type Schema } from '#lab/control-plane/api-server/custom/schema.ts';
import { isObject } from '#lab/control-plane/api-server/kube-object.ts';

/** `value` with the schema's defaults where a field is absent, or null and not nullable. */
export function applyDefaults(value: unknown, schema: Schema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => applyDefaults(item, items));
  }
  if (!isObject(value)) return value;
  const given = Object.entries(value).filter(
    ([name, child]) => child !== null || !isDefaulted(fieldSchema(schema, name)),
  );
  const defaulted = Object.entries(schema.properties ?? {})
    .filter(([, property]) => property.default !== undefined)
    .map(([name, property]) => [name, property.default]);
  return Object.fromEntries(
    Object.entries({ ...Object.fromEntries(defaulted), ...Object.fromEntries(given) }).map(([name, child]) => {
      const childSchema = fieldSchema(schema, name);
      return [name, childSchema === undefined ? child : applyDefaults(child, childSchema)];
    }),
  );
}

function isDefaulted(schema: Schema | undefined): boolean {
  return schema?.default !== undefined && schema.nullable !== true;
}

import { childPath, fieldSchema, type Schema } from '#lab/control-plane/api-server/custom/schema.ts';
import { isObject, type JsonObject } from '#lab/control-plane/api-server/kube-object.ts';
import { itemKey, listShapeIn } from '#lab/control-plane/api-server/patch/list-shape.ts';
import type { FieldError } from '#lab/control-plane/api-server/status-error.ts';

const INT_OR_STRING = 'x-kubernetes-int-or-string';

/** What is wrong with `value` by the schema, worded as kube-apiserver does. CEL rules are checked in rules.ts. */
export function validateBySchema(value: unknown, schema: Schema, path: string): FieldError[] {
  const wrongType = checkType(value, schema, path);
  if (wrongType !== undefined) return [wrongType];
  const here = [
    ...checkEnum(value, schema, path),
    ...(typeof value === 'number' ? checkNumber(value, schema, path) : []),
    ...(typeof value === 'string' ? checkString(value, schema, path) : []),
  ];
  if (Array.isArray(value)) return [...here, ...checkList(value, schema, path)];
  return isObject(value) ? [...here, ...checkObject(value, schema, path)] : here;
}

function checkObject(value: JsonObject, schema: Schema, path: string): FieldError[] {
  const missing = (schema.required ?? [])
    .filter((name) => !Object.hasOwn(value, name))
    .map(
      (name): FieldError => ({
        reason: 'FieldValueRequired',
        field: childPath(path, name),
        message: 'Required value',
      }),
    );
  const inner = Object.entries(value).flatMap(([name, child]) => {
    const childSchema = fieldSchema(schema, name);
    return childSchema === undefined ? [] : validateBySchema(child, childSchema, childPath(path, name));
  });
  return [...missing, ...inner];
}

function checkList(value: unknown[], schema: Schema, path: string): FieldError[] {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (value.length > maxItems) {
    const message = `Too many: ${value.length}: must have at most ${maxItems} items`;
    return [{ reason: 'FieldValueTooMany', field: path, message }];
  }
  const few =
    value.length < minItems ? [invalidValue(path, value.length, `should have at least ${minItems} items`)] : [];
  if (items === undefined) return few;
  const inner = value.flatMap((item, index) => validateBySchema(item, items, childPath(path, index)));
  return [...few, ...inner, ...checkUnique(value, schema, path)];
}

/** No two members of a set are equal, and no two items of a list map have the same keys. */
function checkUnique(value: unknown[], schema: Schema, path: string): FieldError[] {
  const shape = listShapeIn(schema);
  if (shape === 'atomic') return [];
  const seen = new Set<string>();
  return value.flatMap((item, index): FieldError[] => {
    const key = shape === 'set' ? JSON.stringify(item) : itemKey(item, shape);
    if (seen.size < seen.add(key).size) return [];
    return [{ reason: 'FieldValueDuplicate', field: childPath(path, index), message: `Duplicate value: ${key}` }];
  });
}

function checkNumber(value: number, schema: Schema, path: string): FieldError[] {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  if (value < minimum) return [invalidValue(path, value, `should be greater than or equal to ${minimum}`)];
  return value > maximum ? [invalidValue(path, value, `should be less than or equal to ${maximum}`)] : [];
}

function checkString(value: string, schema: Schema, path: string): FieldError[] {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format } = schema;
  const length = [...value].length;
  const errors: FieldError[] = [];
  if (length > maxLength) {
    const message = `Too long: may not be more than ${maxLength} bytes`;
    errors.push({ reason: 'FieldValueTooLong', field: path, message });
  }
  if (length < minLength) errors.push(invalidValue(path, value, `should be at least ${minLength} chars long`));
  if (pattern !== undefined && !new RegExp(pattern).test(value)) {
    errors.push(invalidValue(path, value, `should match '${pattern}'`));
  }
  if (format === 'date-time' && !isDateTime(value)) {
    errors.push(invalidValue(path, value, `must be of type date-time: ${JSON.stringify(value)}`));
  }
  return errors;
}

function checkEnum(value: unknown, schema: Schema, path: string): FieldError[] {
  if (schema.enum === undefined || schema.enum.includes(value)) return [];
  const supported = schema.enum.map((member) => JSON.stringify(member)).join(', ');
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`;
  return [{ reason: 'FieldValueNotSupported', field: path, message }];
}

function checkType(value: unknown, schema: Schema, path: string): FieldError | undefined {
  const found = typeOf(value);
  if (found === 'null' && schema.nullable === true) return undefined;
  if (schema[INT_OR_STRING] === true) {
    return found === 'integer' || found === 'string' ? undefined : typeInvalid(path, found, 'integer,string');
  }
  const fits = schema.type === undefined || schema.type === found || (schema.type === 'number' && found === 'integer');
  return fits ? undefined : typeInvalid(path, found, schema.type ?? '');
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function typeInvalid(path: string, found: string, wanted: string): FieldError {
  const message = `Invalid value: "${found}": ${path} in body must be of type ${wanted}: "${found}"`;
  return { reason: 'FieldValueTypeInvalid', field: path, message };
}

function invalidValue(path: string, value: unknown, problem: string): FieldError {
  const message = `Invalid value: ${JSON.stringify(value)}: ${path} in body ${problem}`;
  return { reason: 'FieldValueInvalid', field: path, message };
}

function isDateTime(value: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

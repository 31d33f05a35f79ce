import { isObject, type JsonObject } from '#lab/control-plane/api-server/kube-object.ts';

/** A node of the structural schema of a CustomResourceDefinition, as far as the server follows it. */
export interface Schema extends JsonObject {
  type?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  enum?: unknown[];
  default?: unknown;
  nullable?: boolean;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/** The schema of a field of an object; undefined where the schema does not know the field. */
export function fieldSchema(schema: Schema, name: string): Schema | undefined {
  const property = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
  if (property !== undefined) return property;
  if (schema.additionalProperties === true) return { 'x-kubernetes-preserve-unknown-fields': true };
  return isObject(schema.additionalProperties) ? schema.additionalProperties : undefined;
}

/** `spec.workloads[0].name` */
export function childPath(path: string, child: string | number): string {
  if (typeof child === 'number') return `${path}[${child}]`;
  return path === '' ? child : `${path}.${child}`;
}

import type { JsonObject, KubeObject } from '#lab/control-plane/api-server/kube-object.ts';
import type { ListShapeOf } from '#lab/control-plane/api-server/patch/list-shape.ts';
import type { Column } from '#lab/control-plane/api-server/table/table.ts';

/** What is done with fields that the schema does not know, and the warnings that came of it. */
export interface FieldValidation {
  mode: 'Ignore' | 'Warn' | 'Strict';
  warnings: string[];
}

/** One kind of object that the server serves, built in or from a CustomResourceDefinition. */
export interface ResourceType {
  /** Empty for the core group. */
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  /** Status is written by its subresource only, and everything else by the main one only. */
  hasStatus: boolean;
  /** metadata.generation counts the changes of everything beside metadata and status. */
  hasGeneration: boolean;
  custom: boolean;
  /** Fields beside metadata.name and metadata.namespace that field selectors may name. */
  selectableFields: readonly string[];
  columns: readonly Column[];
  listShape: ListShapeOf;
  openApiSchema: JsonObject;
  /** Sets what the server sets in a new object. Throws StatusError where the object is not valid. */
  admitCreate(object: KubeObject, validation: FieldValidation): KubeObject;
  admitUpdate(next: KubeObject, current: KubeObject, validation: FieldValidation): KubeObject;
}

export function apiVersionOf(type: { group: string; version: string }): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** The name of the collection in the store, and of a CustomResourceDefinition: `appgroups.netaware.io`, `pods`. */
export function collectionName(type: { group: string; plural: string }): string {
  return type.group === '' ? type.plural : `${type.plural}.${type.group}`;
}

import { applyDefaults } from '#lab/control-plane/api-server/custom/defaults.ts';
import type { CustomResourceDefinition } from '#lab/control-plane/api-server/custom/definition.ts';
import { pruneUnknownFields } from '#lab/control-plane/api-server/custom/prune.ts';
import { checkRules } from '#lab/control-plane/api-server/custom/rules.ts';
import type { Schema } from '#lab/control-plane/api-server/custom/schema.ts';
import { validateBySchema } from '#lab/control-plane/api-server/custom/validate.ts';
import { type KubeObject, without } from '#lab/control-plane/api-server/kube-object.ts';
import { listShapeOfSchema } from '#lab/control-plane/api-server/patch/list-shape.ts';
import { apiVersionOf, type FieldValidation, type ResourceType } from '#lab/control-plane/api-server/resource-type.ts';
import { badRequest, invalid } from '#lab/control-plane/api-server/status-error.ts';
import { customColumns } from '#lab/control-plane/api-server/table/custom-columns.ts';

/** The resource that a CustomResourceDefinition defines. Only its storage version is served. */
export function toResourceType({ spec }: CustomResourceDefinition): ResourceType | undefined {
  const version = spec.versions.find(({ storage, served }) => storage && served);
  if (version === undefined) return undefined;
  const schema: Schema = version.schema?.openAPIV3Schema ?? { 'x-kubernetes-preserve-unknown-fields': true };
  const hasStatus = version.subresources?.status !== undefined;
  const type = { group: spec.group, version: version.name, kind: spec.names.kind };
  const admit = (object: KubeObject, validation: FieldValidation) => admitBySchema(object, schema, type, validation);
  return {
    ...type,
    plural: spec.names.plural,
    singular: spec.names.singular ?? spec.names.kind.toLowerCase(),
    shortNames: spec.names.shortNames ?? [],
    categories: spec.names.categories ?? [],
    namespaced: spec.scope === 'Namespaced',
    hasStatus,
    hasGeneration: true,
    custom: true,
    selectableFields: [],
    columns: customColumns(version.additionalPrinterColumns ?? []),
    listShape: listShapeOfSchema(schema),
    openApiSchema: schema,
    admitCreate: (object, validation) => admit(hasStatus ? without(object, 'status') : object, validation),
    admitUpdate: (next, _current, validation) => admit(next, validation),
  };
}

function admitBySchema(
  object: KubeObject,
  schema: Schema,
  type: { group: string; version: string; kind: string },
  validation: FieldValidation,
): KubeObject {
  const { apiVersion, kind, metadata, ...fields } = object;
  const unknownFields: string[] = [];
  const pruned = pruneUnknownFields(fields, schema, '', unknownFields);
  reportUnknownFields(unknownFields, type, validation);
  const defaulted = applyDefaults({ apiVersion, kind, metadata, ...(pruned as object) }, schema) as KubeObject;
  const problems = validateBySchema(defaulted, schema, '');
  // Rules are written for what has the right shape.
  const errors = problems.length > 0 ? problems : checkRules(defaulted, type);
  if (errors.length > 0) throw invalid(type, metadata.name, errors);
  return { ...defaulted, metadata };
}

function reportUnknownFields(
  unknownFields: string[],
  type: { group: string; version: string; kind: string },
  validation: FieldValidation,
): void {
  const problems = unknownFields.map((field) => `unknown field "${field}"`);
  if (validation.mode === 'Warn') validation.warnings.push(...problems);
  if (validation.mode !== 'Strict' || problems.length === 0) return;
  const subject = `${type.kind} in version "${apiVersionOf(type)}" cannot be handled as a ${type.kind}`;
  throw badRequest(`${subject}: strict decoding error: ${problems.join(', ')}`);
}

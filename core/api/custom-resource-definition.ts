import { z } from 'zod';
import { type CustomResource, definitionName } from '#core/api/custom-resources.ts';
import { GROUP, VERSION } from '#core/api/names.ts';

type JsonObject = Record<string, unknown>;

/** The CustomResourceDefinition (apiextensions.k8s.io/v1) of a resource, its structural schema made from the zod schema. */
export function toCustomResourceDefinition(resource: CustomResource): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: definitionName(resource) },
    spec: {
      group: GROUP,
      scope: resource.scope,
      names: {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular: resource.kind.toLowerCase(),
        shortNames: [resource.shortName],
        categories: ['netaware'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          ...('status' in resource.schema.shape ? { subresources: { status: {} } } : {}),
          additionalPrinterColumns: resource.printerColumns,
          schema: { openAPIV3Schema: structuralSchema(resource) },
        },
      ],
    },
  };
}

/** OpenAPI v3 schema of the whole object, as CustomResourceDefinitions want it: no `$ref`, every level typed. */
export function structuralSchema({ schema }: CustomResource): JsonObject {
  const { $schema: _dropped, ...structural } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => adaptToKubernetes(zodSchema, jsonSchema as JsonObject),
  }) as { $schema: string; properties: JsonObject; required: string[] };
  const required = structural.required.filter((name) => !(name in IDENTITY));
  return {
    ...structural,
    properties: { ...structural.properties, ...IDENTITY },
    required: required.length > 0 ? required : undefined,
  };
}

/** As Kubernetes describes them in its own kinds. */
const IDENTITY = {
  apiVersion: {
    type: 'string',
    description:
      'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized ' +
      'schemas to the latest internal value, and may reject unrecognized values. More info: ' +
      'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  },
  kind: {
    type: 'string',
    description:
      'Kind is a string value representing the REST resource this object represents. Servers may infer this from the ' +
      'endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: ' +
      'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  },
  // The API server describes it itself, and refuses a definition that does. Rules may only speak of the name.
  metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 253 } } },
};

/** Kubernetes wants int-or-string marked as such, no huge date pattern, and no additionalProperties: false. */
function adaptToKubernetes(zodSchema: z.core.$ZodType, jsonSchema: JsonObject): void {
  // The API server checks a default against the rules as it is, without the defaults of its own fields.
  if (zodSchema instanceof z.ZodPrefault) jsonSchema.default = zodSchema.parse(undefined);
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.type === 'integer') adaptInteger(jsonSchema);
  if (Array.isArray(jsonSchema.anyOf)) adaptIntOrString(jsonSchema, jsonSchema.anyOf);
}

/** Zod bounds every integer by what a double holds exactly; as bounds of a field that would only puzzle. */
function adaptInteger(jsonSchema: JsonObject): void {
  jsonSchema.format = 'int64';
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

function adaptIntOrString(jsonSchema: JsonObject, anyOf: JsonObject[]): void {
  const maxLength = anyOf.find(({ type }) => type === 'string')?.maxLength;
  delete jsonSchema.anyOf;
  if (maxLength !== undefined) jsonSchema.maxLength = maxLength;
  jsonSchema['x-kubernetes-int-or-string'] = true;
}

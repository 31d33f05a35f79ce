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
          ...('status' in resource.properties ? { subresources: { status: {} } } : {}),
          additionalPrinterColumns: resource.printerColumns,
          schema: { openAPIV3Schema: structuralSchema(resource) },
        },
      ],
    },
  };
}

/** OpenAPI v3 schema of the whole object, as CustomResourceDefinitions want it: no `$ref`, every level typed. */
export function structuralSchema(resource: CustomResource): JsonObject {
  const properties = Object.fromEntries(
    Object.entries(resource.properties).map(([name, schema]) => [name, toStructural(schema)]),
  );
  return {
    type: 'object',
    description: resource.description,
    ...(resource.required.length > 0 ? { required: resource.required } : {}),
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      ...properties,
    },
  };
}

function toStructural(schema: z.ZodType): JsonObject {
  const { $schema: _dropped, ...structural } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    override: ({ jsonSchema }) => adaptToKubernetes(jsonSchema as JsonObject),
  }) as JsonObject;
  return structural;
}

/** Kubernetes wants int-or-string marked as such, no huge date pattern, and no additionalProperties: false. */
function adaptToKubernetes(jsonSchema: JsonObject): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.type === 'integer') jsonSchema.format = 'int64';
  if (Array.isArray(jsonSchema.anyOf)) {
    delete jsonSchema.anyOf;
    jsonSchema['x-kubernetes-int-or-string'] = true;
  }
}

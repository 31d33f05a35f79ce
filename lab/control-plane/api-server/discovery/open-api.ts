import type { JsonObject } from '#lab/control-plane/api-server/kube-object.ts';
import { apiVersionOf, type ResourceType } from '#lab/control-plane/api-server/resource-type.ts';

const INFO = { title: 'netaware lab', version: 'v1' };

/** GET /openapi/v2: only the frame; clients that need schemas read version 3. */
export function openApiV2(): JsonObject {
  return { swagger: '2.0', info: INFO, paths: {}, definitions: {} };
}

/** GET /openapi/v3: where the document of each group version is. */
export function openApiIndex(types: readonly ResourceType[]): JsonObject {
  const roots = new Set(types.map(rootOf));
  return {
    paths: Object.fromEntries([...roots].map((root) => [root, { serverRelativeURL: `/openapi/v3/${root}` }])),
  };
}

/**
 * GET /openapi/v3/ROOT, such as `apis/netaware.io/v1alpha1`: the schemas, and the operations as far as clients ask for
 * them (kubectl looks there whether a PATCH takes `fieldValidation`). Undefined where there is no such root.
 */
export function openApiV3(root: string, types: readonly ResourceType[]): JsonObject | undefined {
  const inRoot = types.filter((type) => rootOf(type) === root);
  if (inRoot.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: Object.fromEntries(inRoot.map((type) => [objectPath(type), describeOperations(type)])),
    components: { schemas: Object.fromEntries(inRoot.map((type) => [schemaName(type), describeSchema(type)])) },
  };
}

function rootOf(type: ResourceType): string {
  return `${type.group === '' ? 'api' : 'apis'}/${apiVersionOf(type)}`;
}

function objectPath(type: ResourceType): string {
  return `/${rootOf(type)}/${type.namespaced ? 'namespaces/{namespace}/' : ''}${type.plural}/{name}`;
}

function schemaName({ group, version, kind }: ResourceType): string {
  const reversed = (group === '' ? 'core' : group).split('.').reverse().join('.');
  return `${reversed}.${version}.${kind}`;
}

function describeSchema(type: ResourceType): JsonObject {
  return { ...type.openApiSchema, 'x-kubernetes-group-version-kind': [gvkOf(type)] };
}

function describeOperations(type: ResourceType): JsonObject {
  const responses = {
    '200': {
      description: 'OK',
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${schemaName(type)}` } } },
    },
  };
  const operation = (action: string) => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvkOf(type),
    responses,
  });
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  return { get: operation('get'), patch: { ...operation('patch'), parameters } };
}

function gvkOf({ group, version, kind }: ResourceType): JsonObject {
  return { group, version, kind };
}

import { z } from 'zod';
import { isObject, type JsonObject, type KubeObject } from '#lab/control-plane/api-server/kube-object.ts';
import { apiVersionOf, type ResourceType } from '#lab/control-plane/api-server/resource-type.ts';
import { checkFieldTypes } from '#lab/control-plane/api-server/resources/decode.ts';
import { badRequest, invalid } from '#lab/control-plane/api-server/status-error.ts';

const strings = z.record(z.string(), z.string());

const metadataFields = z.looseObject({
  metadata: z.looseObject({
    name: z.string().optional(),
    generateName: z.string().optional(),
    namespace: z.string().optional(),
    resourceVersion: z.string().optional(),
    labels: strings.nullish(),
    annotations: strings.nullish(),
    finalizers: z.array(z.string()).nullish(),
    ownerReferences: z
      .array(z.looseObject({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() }))
      .nullish(),
  }),
});

/**
 * The body as an object of the type and in the namespace of the request's path. Throws StatusError 400 where the body
 * says otherwise. `metadata.name` may still be missing.
 */
export function withIdentity(body: unknown, type: ResourceType, namespace: string | undefined): KubeObject {
  if (!isObject(body)) throw badRequest('the object provided is unrecognized: not a JSON object');
  const apiVersion = apiVersionOf(type);
  for (const name of ['kind', 'apiVersion'] as const) {
    if (type.custom && typeof body[name] !== 'string') throw badRequest(`Object '${name}' is missing`);
  }
  if ((body.apiVersion ?? apiVersion) !== apiVersion) {
    const found = `the API version in the data (${body.apiVersion})`;
    throw badRequest(`${found} does not match the expected API version (${apiVersion})`);
  }
  if ((body.kind ?? type.kind) !== type.kind) {
    throw badRequest(`${body.kind} in version "${apiVersion}" cannot be handled as a ${type.kind}`);
  }
  const object = { ...body, apiVersion, kind: type.kind, metadata: dropNulls(body.metadata ?? {}) } as KubeObject;
  checkFieldTypes(object, metadataFields);
  if (object.metadata.namespace !== undefined && object.metadata.namespace !== (namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } };
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Throws StatusError 422 where the name is not one that Kubernetes takes. */
export function checkName(name: string, type: ResourceType): void {
  const isLabel = type.plural === 'namespaces';
  if ((isLabel ? LABEL : SUBDOMAIN).test(name) && name.length <= (isLabel ? 63 : 253)) return;
  const rule = isLabel
    ? "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
    : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  const message = `Invalid value: ${JSON.stringify(name)}: ${rule}`;
  throw invalid(type, name, [{ reason: 'FieldValueInvalid', field: 'metadata.name', message }]);
}

function dropNulls(metadata: unknown): unknown {
  if (!isObject(metadata)) return metadata;
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)) as JsonObject;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { mediaTypeOf } from '#lab/control-plane/api-server/http/request-body.ts';
import type { KubeObject } from '#lab/control-plane/api-server/kube-object.ts';
import { collectionName, type ResourceType } from '#lab/control-plane/api-server/resource-type.ts';
import type { ResourceTypes } from '#lab/control-plane/api-server/resource-types.ts';
import { badRequest, notFound } from '#lab/control-plane/api-server/status-error.ts';
import { parseFieldSelector } from '#lab/control-plane/api-server/store/field-selector.ts';
import { type Matcher, parseLabelSelector } from '#lab/control-plane/api-server/store/label-selector.ts';
import type { ObjectStore } from '#lab/control-plane/api-server/store/object-store.ts';
import type { DeleteOptions } from '#lab/control-plane/api-server/writes/delete.ts';
import { APPLY_PATCH } from '#lab/control-plane/api-server/writes/patch.ts';
import type { WriteContext } from '#lab/control-plane/api-server/writes/write-context.ts';

/** A request for objects of one type: a collection, or one object or part of it. */
export interface ResourceRequest {
  store: ObjectStore;
  types: ResourceTypes;
  type: ResourceType;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
  query: URLSearchParams;
  request: IncomingMessage;
  response: ServerResponse;
}

/** True where the namespace and the selectors of the request match. Throws StatusError 400. */
export function matcherOf({ type, namespace, query }: ResourceRequest): Matcher<KubeObject> {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', type.selectableFields);
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    labels(object.metadata.labels ?? {}) &&
    fields(object);
}

export function matchingObjects(call: ResourceRequest): KubeObject[] {
  return call.store.list(collectionName(call.type), call.namespace).filter(matcherOf(call));
}

export function findObject({ store, type, namespace }: ResourceRequest, name: string): KubeObject | undefined {
  return store.get(collectionName(type), namespace, name);
}

/** Throws StatusError 404. */
export function requireObject(call: ResourceRequest, name: string): KubeObject {
  const object = findObject(call, name);
  if (object === undefined) throw notFound(call.type, name);
  return object;
}

export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}

const FIELD_VALIDATION = ['Ignore', 'Warn', 'Strict'] as const;

export function writeContextOf(
  { store, types, query, request }: ResourceRequest,
  options: DeleteOptions = {},
): WriteContext {
  const dryRun = [...query.getAll('dryRun'), ...(options.dryRun ?? [])];
  if (dryRun.some((stage) => stage !== 'All')) throw badRequest(`invalid dryRun: ${dryRun.join(',')}`);
  const mode = FIELD_VALIDATION.find((known) => known === query.get('fieldValidation')) ?? 'Warn';
  const userAgent = request.headers['user-agent']?.split('/')[0] ?? 'unknown';
  const isApply = mediaTypeOf(request) === APPLY_PATCH;
  return {
    store,
    types,
    fieldManager: query.get('fieldManager') ?? (isApply ? '' : userAgent),
    dryRun: dryRun.length > 0,
    validation: { mode, warnings: [] },
    now: new Date(),
  };
}

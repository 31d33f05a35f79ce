import { acceptedForm } from '#lab/control-plane/api-server/http/accepted-form.ts';
import { sendObject, sendObjects, watchEncoder } from '#lab/control-plane/api-server/http/object-answers.ts';
import { mediaTypeOf, readBody } from '#lab/control-plane/api-server/http/request-body.ts';
import {
  findObject,
  isTrue,
  matcherOf,
  matchingObjects,
  type ResourceRequest,
  requireObject,
  writeContextOf,
} from '#lab/control-plane/api-server/http/resource-request.ts';
import { sendSuccess } from '#lab/control-plane/api-server/http/responses.ts';
import { objectOrEmpty } from '#lab/control-plane/api-server/kube-object.ts';
import { checkFieldTypes } from '#lab/control-plane/api-server/resources/decode.ts';
import { expired, methodNotAllowed, unknownPath } from '#lab/control-plane/api-server/status-error.ts';
import { serveWatch } from '#lab/control-plane/api-server/watch/watch-request.ts';
import { applyObject } from '#lab/control-plane/api-server/writes/apply.ts';
import { bindPod } from '#lab/control-plane/api-server/writes/bind.ts';
import { createObject } from '#lab/control-plane/api-server/writes/create.ts';
import { type DeleteOptions, deleteObject, deleteOptions } from '#lab/control-plane/api-server/writes/delete.ts';
import { APPLY_PATCH, patchObject, patchTypes } from '#lab/control-plane/api-server/writes/patch.ts';
import { type Subresource, updateObject } from '#lab/control-plane/api-server/writes/update.ts';

type Verb = (call: ResourceRequest, name: string, subresource: Subresource) => Promise<void>;

const OBJECT_TYPES = ['application/json', 'application/yaml'];

const COLLECTION_VERBS: Record<string, Verb> = { GET: listOrWatch, POST: create, DELETE: removeAll };
const OBJECT_VERBS: Record<string, Verb> = { GET: get, PUT: update, PATCH: patch, DELETE: remove };
const STATUS_VERBS: Record<string, Verb> = { GET: get, PUT: update, PATCH: patch };
const BINDING_VERBS: Record<string, Verb> = { POST: bind };

/** Answers one request for objects. Throws StatusError. A body is read before anything is looked up or written. */
export async function serveResource(call: ResourceRequest): Promise<void> {
  const verb = verbsOf(call)[call.request.method ?? ''];
  if (verb === undefined) throw methodNotAllowed();
  // Refused here, a client that would not understand the answer has not written anything either.
  acceptedForm(call.request, call.query);
  await verb(call, call.name ?? '', call.subresource === 'status' ? 'status' : undefined);
}

function verbsOf({ type, namespace, name, subresource }: ResourceRequest): Record<string, Verb> {
  if (name === undefined) return type.namespaced && namespace === undefined ? { GET: listOrWatch } : COLLECTION_VERBS;
  if (subresource === undefined) return OBJECT_VERBS;
  if (subresource === 'status' && type.hasStatus) return STATUS_VERBS;
  if (subresource === 'binding' && type.group === '' && type.plural === 'pods') return BINDING_VERBS;
  throw unknownPath();
}

async function listOrWatch(call: ResourceRequest): Promise<void> {
  const { type, store, query, response } = call;
  if (isTrue(query.get('watch'))) {
    serveWatch(store, { type, query, matches: matcherOf(call), encode: watchEncoder(call) }, response);
    return;
  }
  if (query.get('continue')) {
    throw expired('The provided continue parameter is too old to display a consistent list result.');
  }
  sendObjects(call, matchingObjects(call));
}

async function create(call: ResourceRequest): Promise<void> {
  const body = await readBody(call.request, OBJECT_TYPES);
  const context = writeContextOf(call);
  const created = createObject(context, call.type, call.namespace, body);
  sendObject(call, 201, created, context.validation.warnings);
}

async function removeAll(call: ResourceRequest): Promise<void> {
  const options = await readDeleteOptions(call);
  const context = writeContextOf(call, options);
  const deleted = matchingObjects(call).map((object) => deleteObject(context, call.type, object, options));
  sendObjects(call, deleted);
}

async function get(call: ResourceRequest, name: string): Promise<void> {
  sendObject(call, 200, requireObject(call, name));
}

async function update(call: ResourceRequest, name: string, subresource: Subresource): Promise<void> {
  const body = await readBody(call.request, OBJECT_TYPES);
  const context = writeContextOf(call);
  const updated = updateObject(context, call.type, requireObject(call, name), body, subresource);
  sendObject(call, 200, updated, context.validation.warnings);
}

async function patch(call: ResourceRequest, name: string, subresource: Subresource): Promise<void> {
  const { type, namespace, query, request } = call;
  const body = await readBody(request, patchTypes(type));
  const context = writeContextOf(call);
  const { warnings } = context.validation;
  const mediaType = mediaTypeOf(request);
  if (mediaType !== APPLY_PATCH) {
    const patched = patchObject(context, type, requireObject(call, name), { mediaType, body }, subresource);
    sendObject(call, 200, patched, warnings);
    return;
  }
  const current = subresource === undefined ? findObject(call, name) : requireObject(call, name);
  const force = isTrue(query.get('force'));
  const applied = applyObject(context, type, current, { key: { namespace, name }, body, subresource, force });
  sendObject(call, current === undefined ? 201 : 200, applied, warnings);
}

async function remove(call: ResourceRequest, name: string): Promise<void> {
  const { type, response } = call;
  const options = await readDeleteOptions(call);
  const deleted = deleteObject(writeContextOf(call, options), type, requireObject(call, name), options);
  if (type.plural === 'pods' || findObject(call, name) !== undefined) sendObject(call, 200, deleted);
  else sendSuccess(response, 200, { name, group: type.group, kind: type.plural, uid: deleted.metadata.uid });
}

async function bind(call: ResourceRequest, name: string): Promise<void> {
  const body = await readBody(call.request, OBJECT_TYPES);
  bindPod(writeContextOf(call), requireObject(call, name), body);
  sendSuccess(call.response, 201);
}

/** Options come in the body or, of some clients, in the query. */
async function readDeleteOptions({ request, query }: ResourceRequest): Promise<DeleteOptions> {
  const body = objectOrEmpty(await readBody(request, OBJECT_TYPES));
  const graceSeconds = query.get('gracePeriodSeconds');
  const propagationPolicy = query.get('propagationPolicy');
  const options = {
    ...(graceSeconds === null ? {} : { gracePeriodSeconds: Number(graceSeconds) }),
    ...(propagationPolicy === null ? {} : { propagationPolicy }),
    ...body,
  };
  checkFieldTypes({ apiVersion: 'v1', kind: 'DeleteOptions', metadata: { name: '' }, ...options }, deleteOptions);
  return deleteOptions.parse(options);
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
  VERSION_INFO,
} from '#lab/control-plane/api-server/discovery/discovery.ts';
import { openApiIndex, openApiV2, openApiV3 } from '#lab/control-plane/api-server/discovery/open-api.ts';
import { acceptedForm } from '#lab/control-plane/api-server/http/accepted-form.ts';
import { parseResourcePath, type ResourcePath } from '#lab/control-plane/api-server/http/resource-path.ts';
import { sendJson, sendStatus, sendText } from '#lab/control-plane/api-server/http/responses.ts';
import { serveResource } from '#lab/control-plane/api-server/http/serve-resource.ts';
import type { ResourceTypes } from '#lab/control-plane/api-server/resource-types.ts';
import { methodNotAllowed, StatusError, unknownPath } from '#lab/control-plane/api-server/status-error.ts';
import type { ObjectStore } from '#lab/control-plane/api-server/store/object-store.ts';
import type { Logger } from '#runtime/logger.ts';

const HEALTH_PATHS = ['/livez', '/readyz', '/healthz'];

/** Answers every request; a failure becomes a Status object. */
export async function handleRequest(
  server: { store: ObjectStore; types: ResourceTypes; logger: Logger },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await route(server, request, response);
  } catch (err) {
    const failure = err instanceof StatusError ? err : internalError(err);
    const isClosed = request.destroyed && !request.complete;
    if (failure !== err && !isClosed)
      server.logger.error({ err, method: request.method, url: request.url }, 'request failed');
    if (response.headersSent || isClosed) response.destroy();
    else sendStatus(response, failure.status);
  }
}

async function route(
  { store, types }: { store: ObjectStore; types: ResourceTypes },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://api-server');
  const path = parseResourcePath(url.pathname);
  if (path?.plural === undefined) {
    const documentPath = url.pathname.replace(/\/+$/, '');
    return serveDocument(documentPath, types, request, response);
  }
  const { namespace, name, subresource } = path;
  const type = typeOf(path, types);
  return serveResource({
    store,
    types,
    type,
    namespace,
    name,
    subresource,
    query: url.searchParams,
    request,
    response,
  });
}

function typeOf(path: ResourcePath, types: ResourceTypes) {
  const type = path.plural === undefined ? undefined : types.find(path.group, path.version, path.plural);
  if (type === undefined) throw unknownPath();
  const hasNamespace = path.namespace !== undefined;
  const fits = type.namespaced ? hasNamespace || path.name === undefined : !hasNamespace;
  if (!fits) throw unknownPath();
  return type;
}

function serveDocument(path: string, types: ResourceTypes, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET') throw methodNotAllowed();
  if (HEALTH_PATHS.includes(path)) {
    sendText(response, 200, 'text/plain', 'ok');
    return;
  }
  const document = documentAt(path, types);
  if (document === undefined) throw unknownPath();
  acceptedForm(request, new URLSearchParams());
  sendJson(response, 200, document);
}

function documentAt(path: string, types: ResourceTypes): unknown {
  const all = types.all();
  if (path === '/version') return VERSION_INFO;
  if (path === '/api') return coreVersions();
  if (path === '/apis') return groupList(all);
  if (path === '/openapi/v2') return openApiV2();
  if (path === '/openapi/v3') return openApiIndex(all);
  if (path.startsWith('/openapi/v3/')) return openApiV3(path.slice('/openapi/v3/'.length), all);
  const [, root, group = '', version] = path.split('/');
  if (root === 'api') return resourceList(group, all);
  if (root === 'apis' && version === undefined) return groupDocument(group, all);
  return root === 'apis' ? resourceList(`${group}/${version}`, all) : undefined;
}

function internalError(cause: unknown): StatusError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`);
}

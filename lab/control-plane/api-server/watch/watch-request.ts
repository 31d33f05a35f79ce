import type { ServerResponse } from 'node:http';
import type { KubeObject } from '#lab/control-plane/api-server/kube-object.ts';
import { apiVersionOf, collectionName, type ResourceType } from '#lab/control-plane/api-server/resource-type.ts';
import { badRequest, expired, invalid, type StatusError } from '#lab/control-plane/api-server/status-error.ts';
import type { Matcher } from '#lab/control-plane/api-server/store/label-selector.ts';
import type { Change, ObjectStore } from '#lab/control-plane/api-server/store/object-store.ts';
import { createEventWriter } from '#lab/control-plane/api-server/watch/event-writer.ts';

export interface WatchRequest {
  type: ResourceType;
  query: URLSearchParams;
  /** Namespace and selectors of the request. */
  matches: Matcher<KubeObject>;
  /** How an object is written: as it is, or as a row of a table. */
  encode: (object: KubeObject) => string;
}

const BOOKMARK_INTERVAL_MS = 30_000;
const DEFAULT_TIMEOUT_SECONDS = 1_800;
/** A timer takes no more, and would fire at once. */
const MAX_TIMEOUT_SECONDS = 2_147_483;

/** Streams changes as JSON lines until the client goes or the time is up. Throws StatusError 400 and 422 before that. */
export function serveWatch(store: ObjectStore, request: WatchRequest, response: ServerResponse): void {
  const { type, query, matches, encode } = request;
  if (query.has('sendInitialEvents')) throw initialEventsRefused();
  const timeoutSeconds = Number(query.get('timeoutSeconds') || DEFAULT_TIMEOUT_SECONDS);
  if (!(timeoutSeconds > 0)) throw badRequest(`invalid timeoutSeconds: ${query.get('timeoutSeconds')}`);
  const collection = collectionName(type);
  const missed = changesFrom(store, collection, query.get('resourceVersion') ?? '');
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  if (missed === undefined) {
    response.end(toLine('ERROR', JSON.stringify(tooOld(query.get('resourceVersion'), store.revision).status)));
    return;
  }

  const lineOf = (change: Change): string => {
    const event = toWatchEvent(change, matches);
    return event === undefined ? '' : toLine(event.type, encode(event.object));
  };
  response.write(missed.map(lineOf).join(''));
  const writer = createEventWriter(response);
  const send = (change: Change): void => {
    const line = lineOf(change);
    if (line !== '') writer.write(line);
  };
  const bookmark = () => writer.write(toLine('BOOKMARK', encodeBookmark(type, store.revision)));
  const wantsBookmarks = ['true', '1'].includes(query.get('allowWatchBookmarks') ?? '');
  const unsubscribe = store.subscribe(collection, { onChange: send, onClosed: () => response.end() });
  const bookmarks = wantsBookmarks ? setInterval(bookmark, BOOKMARK_INTERVAL_MS) : undefined;
  const timeout = setTimeout(() => {
    if (wantsBookmarks) bookmark();
    response.end();
  }, Math.min(timeoutSeconds, MAX_TIMEOUT_SECONDS) * 1_000);
  response.once('close', () => {
    unsubscribe();
    clearInterval(bookmarks);
    clearTimeout(timeout);
  });
}

/** All that is there as ADDED where no version is given, else what came after it; undefined where that is forgotten. */
function changesFrom(store: ObjectStore, collection: string, resourceVersion: string): Change[] | undefined {
  if (resourceVersion !== '' && resourceVersion !== '0') {
    if (!/^\d+$/.test(resourceVersion)) throw badRequest(`invalid resource version "${resourceVersion}"`);
    return store.changesSince(collection, Number(resourceVersion));
  }
  const revision = store.revision;
  return store.list(collection).map((object) => ({ type: 'ADDED', revision, object, previous: undefined }));
}

/** The change as one sees it who watches only what matches: objects come and go as they start and cease to match. */
function toWatchEvent(
  { type, revision, object, previous }: Change,
  matches: Matcher<KubeObject>,
): { type: string; object: KubeObject } | undefined {
  if (type === 'DELETED') return matches(object) ? { type, object } : undefined;
  const isIn = matches(object);
  const wasIn = previous !== undefined && matches(previous);
  if (isIn) return { type: wasIn ? 'MODIFIED' : 'ADDED', object };
  if (!wasIn) return undefined;
  const last = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } };
  return { type: 'DELETED', object: last };
}

function encodeBookmark(type: ResourceType, revision: number): string {
  return JSON.stringify({
    kind: type.kind,
    apiVersion: apiVersionOf(type),
    metadata: { resourceVersion: String(revision) },
  });
}

function toLine(type: string, object: string): string {
  return `{"type":"${type}","object":${object}}\n`;
}

function tooOld(resourceVersion: string | null, current: number): StatusError {
  return expired(`too old resource version: ${resourceVersion} (${current})`);
}

function initialEventsRefused(): StatusError {
  const message = 'Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
  const options = { group: 'meta.k8s.io', kind: 'ListOptions' };
  return invalid(options, '', [{ reason: 'FieldValueForbidden', field: 'sendInitialEvents', message }]);
}

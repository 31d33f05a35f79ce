import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { APP_GROUP, NETWORK_TOPOLOGY, NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import { createRandom } from '#core/random.ts';
import { type ClusterObjects, makeCluster, makeSlice, WATCHED } from './cluster.ts';
import type { ApiAnswer, ApiOrder } from './processes.ts';

// A process that speaks as much of an API server as the extender asks for, lists in pages and watches, and that can write slices
// faster than a real one beside it on this machine could.

const [nodeCount = 0, linksPerNode = 0] = process.argv.slice(2).map(Number);
const KINDS: Record<string, keyof ClusterObjects> = {
  '/api/v1/nodes': 'nodes',
  '/api/v1/pods': 'pods',
  [resourcePath(NETWORK_TOPOLOGY)]: 'topologies',
  [resourcePath(NETWORK_TOPOLOGY_SLICE)]: 'slices',
  [resourcePath(APP_GROUP)]: 'groups',
};
/** So often slices are written, several at once. */
const WRITE_MS = 5;

const cluster = makeCluster(nodeCount, linksPerNode);
const random = createRandom(1);
const sliceWatches = new Set<ServerResponse>();
let version = 1;
let perSecond = 0;
let origin = 0;

const server = createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', () => send({ port: (server.address() as AddressInfo).port }));

process.on('message', (order: ApiOrder) => {
  if (order.slicesPerSecond !== undefined) perSecond = order.slicesPerSecond;
  if (order.watchedMicroseconds === undefined) return;
  write(Number(WATCHED.nodes[0]?.slice(1)), order.watchedMicroseconds);
  send({ writtenAtMs: performance.timeOrigin + performance.now() });
});

let writtenAtMs = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - writtenAtMs) * perSecond) / 1000);
  if (perSecond > 0 && due === 0) return;
  writtenAtMs = performance.now();
  for (let count = 0; count < due; count++) {
    origin = (origin + 1) % nodeCount;
    if (!WATCHED.nodes.includes(`n${origin}`)) write(origin);
  }
}, WRITE_MS);

function write(node: number, watchedMicroseconds?: number): void {
  const slice = makeSlice(node, {
    nodeCount,
    linksPerNode,
    random,
    ...(watchedMicroseconds === undefined ? {} : { watchedMicroseconds }),
  });
  const line = `${JSON.stringify({ type: 'MODIFIED', object: versioned(slice) })}\n`;
  for (const watch of sliceWatches) watch.write(line);
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://api');
  const kind = KINDS[url.pathname];
  const items = kind === undefined ? undefined : cluster[kind];
  if (items === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': 'application/json' });
  if (url.searchParams.get('watch') === 'true') {
    response.flushHeaders();
    if (kind !== 'slices') return;
    sliceWatches.add(response);
    response.once('close', () => sliceWatches.delete(response));
    return;
  }
  const start = Number(url.searchParams.get('continue') ?? 0);
  const end = start + Number(url.searchParams.get('limit') ?? items.length);
  const metadata = { resourceVersion: '1', ...(end < items.length ? { continue: String(end) } : {}) };
  response.end(JSON.stringify({ metadata, items: items.slice(start, end).map(versioned) }));
}

function versioned<Object extends { metadata: object }>(object: Object): Object {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
}

function send(message: ApiAnswer): void {
  process.send?.(message);
}

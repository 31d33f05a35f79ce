import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export type Behaviour = 'pass' | 'down' | 'garbage' | 'error' | 'half' | 'slow';

/** Until a slow extender begins with a call. */
const SLOW_MS = 1000;

/** Stands before the extender, writes down who was asked about, and misbehaves on demand. */
export interface ExtenderFront {
  /** Verb and pod of each request. */
  asked: { verb: string; pod: string }[];
  behave(behaviour: Behaviour): Promise<void>;
  close(): Promise<void>;
}

export async function startExtenderFront(host: string, port: number, extenderUrl: string): Promise<ExtenderFront> {
  const asked: ExtenderFront['asked'] = [];
  let behaviour: Behaviour = 'pass';
  let server: Server | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const path = request.url ?? '';
    asked.push({ verb: path.split('/').at(-1) ?? '', pod: JSON.parse(body.toString()).Pod.metadata.name });
    if (behaviour === 'garbage') return void response.end('<html>not an extender</html>');
    if (behaviour === 'error') return void response.writeHead(500).end('{"error":"broken"}');
    if (behaviour === 'half') {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{"NodeNames":["', () => response.destroy());
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    if (behaviour === 'slow') await sleep(SLOW_MS, undefined, { signal: gone.signal });
    const passed = await fetch(extenderUrl + path, { method: 'POST', body, signal: gone.signal });
    response.writeHead(passed.status, { 'content-type': 'application/json' }).end(await passed.text());
  }

  async function open(): Promise<void> {
    const opened = createServer((request, response) => {
      answer(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => void opened.listen(port, host, resolve));
    server = opened;
  }

  async function close(): Promise<void> {
    const open = server;
    server = undefined;
    if (open === undefined) return;
    const closed = new Promise((resolve) => open.close(resolve));
    open.closeAllConnections();
    await closed;
  }

  await open();
  return {
    asked,
    behave: async (next) => {
      behaviour = next;
      if (next === 'down') await close();
      else if (server === undefined) await open();
    },
    close,
  };
}

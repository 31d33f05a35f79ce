/** Where the API server under test is, and how it is called: a real one brings its own TLS and credentials in `fetch`. */
export interface ApiConnection {
  baseUrl: string;
  fetch: typeof fetch;
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field, whatever their kind.
export type Json = any;

export interface Answer {
  code: number;
  headers: Headers;
  body: Json;
}

export interface WatchEvent {
  type: string;
  object: Json;
}

export interface Api {
  get(path: string, accept?: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  patch(path: string, type: PatchType, body: unknown): Promise<Answer>;
  delete(path: string, options?: object): Promise<Answer>;
  send(method: string, path: string, body: string, contentType: string): Promise<Answer>;
  /** The events of a watch as they come; ends with the watch. Breaking out of the loop closes it. */
  watch(path: string): AsyncGenerator<WatchEvent>;
}

export type PatchType = 'json-patch+json' | 'merge-patch+json' | 'strategic-merge-patch+json' | 'apply-patch+yaml';

const REQUEST_TIMEOUT_MS = 20_000;

export function createApi({ baseUrl, fetch: call }: ApiConnection): Api {
  async function request(method: string, path: string, init: RequestInit): Promise<Answer> {
    const response = await call(baseUrl + path, { method, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS), ...init });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return { code: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  function send(method: string, path: string, body: string, contentType: string): Promise<Answer> {
    return request(method, path, { body, headers: { 'content-type': contentType } });
  }

  const sendJson = (method: string, path: string, body: unknown, contentType = 'application/json') =>
    send(method, path, JSON.stringify(body), contentType);

  async function* watch(path: string): AsyncGenerator<WatchEvent> {
    const closed = new AbortController();
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    try {
      const response = await call(baseUrl + path, { signal });
      let rest = '';
      for await (const text of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines.filter(Boolean)) yield JSON.parse(line);
      }
    } finally {
      closed.abort();
    }
  }

  return {
    get: (path, accept = 'application/json') => request('GET', path, { headers: { accept } }),
    post: (path, body) => sendJson('POST', path, body),
    put: (path, body) => sendJson('PUT', path, body),
    patch: (path, type, body) => sendJson('PATCH', path, body, `application/${type}`),
    delete: (path, options = {}) => sendJson('DELETE', path, options),
    send,
    watch,
  };
}

/** The first `count` events for which `isWanted` holds. */
export async function takeEvents(
  events: AsyncGenerator<WatchEvent>,
  count: number,
  isWanted: (event: WatchEvent) => boolean = () => true,
): Promise<WatchEvent[]> {
  const taken: WatchEvent[] = [];
  for await (const event of events) {
    if (isWanted(event)) taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

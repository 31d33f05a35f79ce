import { readFile } from 'node:fs/promises';
import { type ClientRequest, Agent as HttpAgent, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { readTextFile } from '#runtime/text-file.ts';
import { parseCertificates } from '#runtime/tls/certificates.ts';

/** `rejected` will be rejected again if sent again; `unavailable` is worth another try. */
export type Answer =
  | { outcome: 'answered'; body: unknown }
  | { outcome: 'rejected'; reason: string }
  | { outcome: 'unavailable'; reason: string };

export interface AggregatorRequest {
  path: string;
  /** Posted as JSON; without it the request is a GET. */
  body?: unknown;
  timeoutMs: number;
  signal: AbortSignal;
}

export type AggregatorClient = (request: AggregatorRequest) => Promise<Answer>;

export interface AggregatorClientOptions {
  baseUrl: string;
  /** Certificates (PEM) of the CAs that may have signed the aggregator's; without it those that Node trusts. */
  caFile?: string | undefined;
  /** A ServiceAccount token for the `Authorization` header. */
  tokenFile?: string | undefined;
}

const errorBody = z.object({ error: z.string() });

/**
 * Sends requests to the aggregator over connections that are kept. Both files are read anew for each request, because the
 * kubelet replaces them while the process runs. Whatever goes wrong with a request is an outcome. Throws AppError
 * where a file cannot be read now or has no certificate.
 */
export function createAggregatorClient({ baseUrl, caFile, tokenFile }: AggregatorClientOptions): AggregatorClient {
  const base = baseUrl.replace(/\/+$/, '');
  const connect = connector(base, caFile);
  if (tokenFile !== undefined) readTextFile(tokenFile);

  return async ({ path, body, timeoutMs, signal }) => {
    try {
      const content = body === undefined ? undefined : JSON.stringify(body);
      const token = tokenFile === undefined ? undefined : (await readFile(tokenFile, 'utf8')).trim();
      const request = await connect(`${base}${path}`, {
        method: content === undefined ? 'GET' : 'POST',
        headers: {
          ...(content === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const { status, answer } = await exchange(request, content);
      if (status >= 200 && status < 300) return { outcome: 'answered', body: JSON.parse(answer) };
      return { outcome: isFinal(status) ? 'rejected' : 'unavailable', reason: `${status}: ${errorMessage(answer)}` };
    } catch (err) {
      return { outcome: 'unavailable', reason: describe(err) };
    }
  };
}

type Connect = (url: string, options: RequestOptions) => Promise<ClientRequest>;

/** Starts requests on kept connections; after a change of the CA on new ones. */
function connector(base: string, caFile: string | undefined): Connect {
  if (!base.startsWith('https:')) {
    const agent = new HttpAgent({ keepAlive: true });
    return async (url, options) => requestHttp(url, { ...options, agent });
  }
  if (caFile === undefined) {
    const agent = new HttpsAgent({ keepAlive: true });
    return async (url, options) => requestHttps(url, { ...options, agent });
  }
  let ca = readTextFile(caFile);
  let agent = trusting(ca, caFile);
  return async (url, options) => {
    const current = await readFile(caFile, 'utf8');
    if (current !== ca) {
      // What the old one holds is left to end: its idle connections are closed by the server.
      agent = trusting(current, caFile);
      ca = current;
    }
    return requestHttps(url, { ...options, agent });
  };
}

function trusting(ca: string, source: string): HttpsAgent {
  parseCertificates(ca, source);
  return new HttpsAgent({ keepAlive: true, ca });
}

function exchange(request: ClientRequest, content: string | undefined): Promise<{ status: number; answer: string }> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, answer }), reject);
    });
    request.end(content);
  });
}

/**
 * A timeout (408) and too many requests (429) pass, and a refused token (401, 403) is replaced before it expires: what
 * was to be sent must not be lost for it. Any other 4xx is about the request itself.
 */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
}

function errorMessage(answer: string): string {
  try {
    return errorBody.parse(JSON.parse(answer)).error;
  } catch {
    return answer.slice(0, 200);
  }
}

/** The reason of an abort is in the cause, and where several addresses were tried there is a code alone. */
function describe(err: unknown): string {
  if (!(err instanceof Error)) return String(err);
  const about = err.cause instanceof Error ? err.cause : err;
  return about.message || ('code' in about ? String(about.code) : about.name);
}

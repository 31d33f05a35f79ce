import { z } from 'zod';

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

const errorBody = z.object({ error: z.string() });

/** Sends requests to the aggregator. Whatever goes wrong is an outcome; nothing is thrown. */
export function createAggregatorClient(aggregatorUrl: string): AggregatorClient {
  const base = aggregatorUrl.replace(/\/+$/, '');
  return async ({ path, body, timeoutMs, signal }) => {
    try {
      const response = await fetch(`${base}${path}`, {
        ...(body === undefined
          ? {}
          : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const text = await response.text();
      if (response.ok) return { outcome: 'answered', body: JSON.parse(text) };
      const reason = `${response.status}: ${errorMessage(text)}`;
      return { outcome: isFinal(response.status) ? 'rejected' : 'unavailable', reason };
    } catch (err) {
      return { outcome: 'unavailable', reason: describe(err) };
    }
  };
}

/** A timeout (408) and too many requests (429) pass; any other 4xx is about the request itself. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function errorMessage(text: string): string {
  try {
    return errorBody.parse(JSON.parse(text)).error;
  } catch {
    return text.slice(0, 200);
  }
}

/** fetch says "fetch failed" and keeps the reason in the cause. */
function describe(err: unknown): string {
  if (!(err instanceof Error)) return String(err);
  const { cause } = err;
  if (!(cause instanceof Error)) return err.message;
  return cause.message || ('code' in cause ? String(cause.code) : err.message);
}

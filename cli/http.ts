import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text as readText } from 'node:stream/consumers';
import type { z } from 'zod';
import type { TlsCredentials } from '#cli/tls-options.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';

const TIMEOUT_MS = 10_000;

/** GETs and validates a JSON answer of one of the services. Throws AppError with the service's own message where it refuses. */
export async function getJson<Schema extends z.ZodType>(
  url: URL,
  schema: Schema,
  tls: TlsCredentials = {},
): Promise<z.output<Schema>> {
  const { status, text } = await fetchText(url, tls);
  const body = parseJson(text);
  if (status >= 200 && status < 300) return parseInput(schema, body ?? text, url.href);
  const { error } = (body ?? {}) as { error?: unknown };
  const message = typeof error === 'string' ? error : `answered ${status}`;
  throw new AppError(status === 404 ? 'NOT_FOUND' : 'FAILED', `${url.origin}: ${message}`);
}

async function fetchText(url: URL, tls: TlsCredentials): Promise<{ status: number; text: string }> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request =
        url.protocol === 'https:' ? requestHttps(url, { ...tls, signal, agent: false }) : requestHttp(url, { signal });
      request.once('error', reject).once('response', resolve).end();
    });
    return { status: response.statusCode ?? 0, text: await readText(response) };
  } catch (cause) {
    if (signal.aborted) {
      throw new AppError('TIMEOUT', `${url.origin}: no answer in ${TIMEOUT_MS / 1000} s`, { cause });
    }
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new AppError('UNAVAILABLE', `${url.origin}: cannot be reached (${code ?? message})`, { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

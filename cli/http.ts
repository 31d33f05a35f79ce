import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { z } from 'zod';
import type { TlsCredentials } from '#cli/tls-options.ts';
import { AppError } from '#core/errors.ts';
import { parseJson } from '#core/json.ts';
import { parseInput } from '#core/validation.ts';

const TIMEOUT_MS = 10_000;

export interface RequestOptions {
  tls?: TlsCredentials;
  headers?: Record<string, string>;
  /** Until the last byte of the answer. */
  timeoutMs?: number;
  /** A longer answer is an error. */
  maxBytes?: number;
}

/** GETs and validates a JSON answer of one of the services. Throws AppError with the service's own message where it refuses. */
export async function getJson<Schema extends z.ZodType>(
  url: URL,
  schema: Schema,
  tls: TlsCredentials = {},
): Promise<z.output<Schema>> {
  const { status, text } = await fetchText(url, { tls });
  const body = parseJson(text);
  if (status >= 200 && status < 300) return parseInput(schema, body ?? text, url.href);
  const { error } = (body ?? {}) as { error?: unknown };
  const message = typeof error === 'string' ? error : `answered ${status}`;
  throw new AppError(status === 404 ? 'NOT_FOUND' : 'FAILED', `${url.origin}: ${message}`);
}

/** GETs a text, whatever its status. Throws AppError TIMEOUT, UNAVAILABLE, or FAILED where the answer is too long. */
export async function fetchText(
  url: URL,
  { tls = {}, headers = {}, timeoutMs = TIMEOUT_MS, maxBytes = Number.POSITIVE_INFINITY }: RequestOptions,
): Promise<{ status: number; text: string }> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request =
        url.protocol === 'https:'
          ? requestHttps(url, { ...tls, headers, signal, agent: false })
          : requestHttp(url, { headers, signal });
      request.once('error', reject).once('response', resolve).end();
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new AppError('FAILED', `${url.origin}: the answer is longer than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    if (signal.aborted) throw new AppError('TIMEOUT', `${url.origin}: no answer in ${timeoutMs / 1000} s`, { cause });
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new AppError('UNAVAILABLE', `${url.origin}: cannot be reached (${code ?? message})`, { cause });
  }
}

import type { z } from 'zod';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';

const TIMEOUT_MS = 10_000;

/** GETs and validates a JSON answer of one of the services. Throws AppError with the service's own message where it refuses. */
export async function getJson<Schema extends z.ZodType>(url: URL, schema: Schema): Promise<z.output<Schema>> {
  const { status, text } = await fetchText(url);
  const body = parseJson(text);
  if (status >= 200 && status < 300) return parseInput(schema, body ?? text, url.href);
  const { error } = (body ?? {}) as { error?: unknown };
  const message = typeof error === 'string' ? error : `answered ${status}`;
  throw new AppError(status === 404 ? 'NOT_FOUND' : 'FAILED', `${url.origin}: ${message}`);
}

async function fetchText(url: URL): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    if ((cause as Error).name === 'TimeoutError') {
      throw new AppError('TIMEOUT', `${url.origin}: no answer in ${TIMEOUT_MS / 1000} s`, { cause });
    }
    const { code, message } = (cause as { cause?: NodeJS.ErrnoException }).cause ?? (cause as NodeJS.ErrnoException);
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

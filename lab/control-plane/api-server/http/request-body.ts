import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { badRequest, bodyTooLarge, unsupportedMediaType } from '#lab/control-plane/api-server/status-error.ts';

export const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

const JSON_TYPE = 'application/json';
const YAML_TYPES = ['application/yaml', 'application/apply-patch+yaml'];

/** `application/json` where the request does not say. */
export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? JSON_TYPE).split(';')[0]?.trim().toLowerCase() ?? JSON_TYPE;
}

/**
 * The body as JSON or YAML says, of one of the media types; undefined where it is empty. Throws StatusError 400, 413
 * (after the whole body has passed by, so that the client reads the answer), 415.
 */
export async function readBody(request: IncomingMessage, accepted: readonly string[]): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  if (size > BODY_LIMIT_BYTES) throw bodyTooLarge(BODY_LIMIT_BYTES);
  if (size === 0) return undefined;
  const mediaType = mediaTypeOf(request);
  if (!accepted.includes(mediaType)) throw unsupportedMediaType(accepted);
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return YAML_TYPES.includes(mediaType) ? parse(text) : JSON.parse(text);
  } catch (cause) {
    throw badRequest(`error decoding the body: ${(cause as Error).message}`);
  }
}

import type { IncomingMessage } from 'node:http';
import { BodyError } from '#runtime/http-answers.ts';

/**
 * Reads the body of a request as JSON, and calls `done` with it, or with an error that has a 4xx `status` where it is larger
 * than the limit, compressed or not JSON. Never calls it where the client goes away before the end.
 */
export function readJsonBody(
  request: IncomingMessage,
  limitBytes: number,
  done: (err: Error | undefined, body?: unknown) => void,
): void {
  const problem = problemOf(request, limitBytes);
  if (problem !== undefined) {
    done(problem);
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  function take(chunk: Buffer): void {
    chunks.push(chunk);
    length += chunk.length;
    if (length <= limitBytes) return;
    request.off('data', take).off('end', finish).resume();
    done(tooLarge());
  }
  function finish(): void {
    let body: unknown;
    try {
      body = JSON.parse((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)).toString());
    } catch (cause) {
      done(new BodyError(400, (cause as Error).message, { cause }));
      return;
    }
    done(undefined, body);
  }
  request.on('data', take).on('end', finish);
}

/** What the header tells of a body that will not be read. */
function problemOf({ headers }: IncomingMessage, limitBytes: number): BodyError | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined) return new BodyError(415, `unsupported content encoding "${encoding}"`);
  return Number(headers['content-length'] ?? 0) > limitBytes ? tooLarge() : undefined;
}

function tooLarge(): BodyError {
  return new BodyError(413, 'request entity too large');
}

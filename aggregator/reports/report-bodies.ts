import type { RequestHandler } from 'express';
import { AppError } from '#core/errors.ts';
import { BodyError } from '#runtime/http-answers.ts';

/** Why a body was not read to its end, or is no JSON. */
export type BodyRefusal = 'tooLarge' | 'tooSlow' | 'cut' | 'busy' | 'notJson';

export interface BodyLimits {
  /** Of one body. */
  bytes: number;
  /** Of all that are being received, together. */
  bytesUnderWay: number;
  /** A body must be there as a whole in this time. */
  timeoutMs: number;
  /** Callers that are refused for now are told to wait so long. */
  retryAfterSeconds: number;
}

interface BodyUnderWay {
  received: number;
  refuse(reason: BodyRefusal, status: number, message: string): void;
}

/**
 * Reads bodies as JSON into `request.body`, before other parsers, within limits: where the bodies under way take too much
 * memory together, the largest gives way and not the newest, so that nobody who sends little is disturbed by those who send much.
 * Only what has come counts: a body that was announced and does not come takes nothing.
 */
export function readBodies(limits: BodyLimits, refused: (reason: BodyRefusal) => void): RequestHandler {
  const underWay = new Set<BodyUnderWay>();
  let bytesUnderWay = 0;

  function makeRoom(): void {
    while (bytesUnderWay > limits.bytesUnderWay) {
      let largest: BodyUnderWay | undefined;
      for (const body of underWay) if (largest === undefined || body.received > largest.received) largest = body;
      largest?.refuse('busy', 503, `${underWay.size} bodies are being received already, try again later`);
    }
  }

  return (request, response, next) => {
    const chunks: Buffer[] = [];
    const body: BodyUnderWay = { received: 0, refuse };
    const timer = setTimeout(
      () => refuse('tooSlow', 408, `not received within ${limits.timeoutMs} ms`),
      limits.timeoutMs,
    );
    underWay.add(body);
    request.on('data', onData).on('end', onEnd).on('close', onCut).on('error', onCut);
    if (Number(request.headers['content-length']) > limits.bytes) refuseTooLarge();

    function onData(chunk: Buffer): void {
      chunks.push(chunk);
      body.received += chunk.length;
      bytesUnderWay += chunk.length;
      if (body.received > limits.bytes) refuseTooLarge();
      else makeRoom();
    }

    function onEnd(): void {
      forget();
      try {
        request.body = JSON.parse(Buffer.concat(chunks).toString());
      } catch (err) {
        refused('notJson');
        next(new BodyError(400, (err as Error).message));
        return;
      }
      chunks.length = 0;
      next();
    }

    function onCut(): void {
      if (!underWay.has(body)) return;
      forget();
      refused('cut');
      chunks.length = 0;
    }

    function refuseTooLarge(): void {
      refuse('tooLarge', 413, `more than ${limits.bytes} bytes`);
    }

    function refuse(reason: BodyRefusal, status: number, message: string): void {
      forget();
      chunks.length = 0;
      refused(reason);
      response.set('retry-after', String(limits.retryAfterSeconds));
      // Others are sent to their end, so that the caller reads the answer.
      if (reason === 'tooSlow') response.set('connection', 'close');
      request.resume();
      next(status === 503 ? new AppError('UNAVAILABLE', message) : new BodyError(status, message));
    }

    /** What still comes is thrown away. */
    function forget(): void {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd);
      bytesUnderWay -= underWay.delete(body) ? body.received : 0;
    }
  };
}

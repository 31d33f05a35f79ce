import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, type AppErrorCode } from '#core/errors.ts';
import type { Logger } from '#runtime/logger.ts';

const HTTP_STATUS: Partial<Record<AppErrorCode, number>> = {
  INVALID_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  UNAVAILABLE: 503,
};

/** As express's body parser has its errors: a body that is refused, with the 4xx status that says so. */
export class BodyError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Answers a request that failed: with one line that says why, where it is the client's to know. */
export function answerError(err: unknown, request: IncomingMessage, response: ServerResponse, logger: Logger): void {
  if (err instanceof AppError && err.code === 'UNAUTHENTICATED') response.setHeader('www-authenticate', 'Bearer');
  const known = err instanceof AppError ? HTTP_STATUS[err.code] : undefined;
  const refused = bodyErrorStatus(err);
  if (known !== undefined) sendError(response, known, (err as Error).message);
  else if (refused !== undefined) sendError(response, refused, `body: ${(err as Error).message}`);
  else {
    logger.error({ err, method: request.method, path: request.url }, 'request failed');
    sendError(response, 500, 'internal error');
  }
}

/** The 4xx status that comes with the error of a body that is too large, cut short or not JSON. */
function bodyErrorStatus(err: unknown): number | undefined {
  if (!(err instanceof Error) || !('status' in err)) return undefined;
  const { status } = err;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

export function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: message });
}

/** Header and body in one write. */
export function sendJson(response: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value);
  const length = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': length });
  response.end(body);
}

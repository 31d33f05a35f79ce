import type { ServerResponse } from 'node:http';
import type { Status } from '#lab/control-plane/api-server/status-error.ts';

export function sendText(
  response: ServerResponse,
  code: number,
  contentType: string,
  text: string,
  warnings: readonly string[] = [],
): void {
  const bytes = Buffer.from(text);
  if (warnings.length > 0) {
    response.setHeader(
      'warning',
      warnings.map((warning) => `299 - ${JSON.stringify(warning)}`),
    );
  }
  response.writeHead(code, { 'content-type': contentType, 'content-length': bytes.length });
  response.end(bytes);
}

export function sendJson(
  response: ServerResponse,
  code: number,
  body: unknown,
  warnings: readonly string[] = [],
): void {
  sendText(response, code, 'application/json', JSON.stringify(body), warnings);
}

export function sendStatus(response: ServerResponse, status: Status): void {
  sendJson(response, status.code, status);
}

/** Answers a request that worked and has no object to show. */
export function sendSuccess(response: ServerResponse, code: number, details?: object): void {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  sendJson(response, code, details === undefined ? status : { ...status, details });
}

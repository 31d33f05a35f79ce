import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { answerError, sendJson } from '#runtime/http-answers.ts';
import { readJsonBody } from '#runtime/json-body.ts';
import type { Logger } from '#runtime/logger.ts';

/** Called when a request has come, before its body; returns what makes the answer of the body, or throws as routes do. */
export type PostHandler = (request: IncomingMessage, response: ServerResponse) => (body: unknown) => object;

/** Answers a POST of JSON by Node alone: where the guard lets it pass, and its body is within the limit. */
export function answerPost(
  handler: PostHandler,
  request: IncomingMessage,
  response: ServerResponse,
  options: { guard?: RequestHandler; bodyLimitBytes: number; logger: Logger },
): void {
  const refuse = (err: unknown) => answerError(err, request, response, options.logger);
  const answerTo = handler(request, response);
  passGuard(options.guard, request, response, (refusal) => {
    if (refusal !== undefined) refuse(refusal);
    else
      readJsonBody(request, options.bodyLimitBytes, (err, body) => {
        if (err !== undefined) refuse(err);
        else answer(body);
      });
  });

  function answer(body: unknown): void {
    try {
      sendJson(response, 200, answerTo(body));
    } catch (err) {
      refuse(err);
    }
  }
}

/** Calls back with what the guard throws or passes on, or with undefined where it lets the request pass. */
function passGuard(
  guard: RequestHandler | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  done: (refusal?: unknown) => void,
): void {
  if (guard === undefined) {
    done();
    return;
  }
  try {
    // What express's own requests have beyond Node's, a guard does not ask for.
    guard(request as Request, response as Response, done);
  } catch (err) {
    done(err);
  }
}

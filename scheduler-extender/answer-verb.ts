import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Pod } from '#core/api/kubernetes.ts';
import { AppError } from '#core/errors.ts';
import type { ScoringConfig } from '#core/scoring/score.ts';
import type { Shortlist } from '#core/scoring/shortlist.ts';
import { parseInput } from '#core/validation.ts';
import type { Logger } from '#runtime/logger.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Decisions } from './decisions.ts';
import { type ExtenderMetrics, VERBS, type Verb } from './metrics.ts';

/** What every verb works with. */
export interface VerbContext {
  view: ClusterView;
  config: ScoringConfig & { shortlist: Shortlist };
  metrics: ExtenderMetrics;
  logger: Logger;
  decisions: Decisions;
  /** Called for a pod that found no node because limits rejected these. */
  rejectedEverywhere(pod: Pod, nodes: readonly string[]): void;
}

/** One verb's answer. `neutral`: nothing is known that could tell the nodes apart. `sent`: called once the scheduler has it. */
export interface Answer {
  body: object;
  neutral?: boolean;
  sent?: () => void;
}

/** What becomes of a call, while it is under way. */
interface Call {
  outcome: 'answered' | 'neutral' | 'refused' | 'failed';
  sent?: (() => void) | undefined;
}

const calls = new WeakMap<Response, Call>();

/**
 * Counts calls of the verbs, from the moment they arrive. What is counted is what became of each: `answered` or `neutral`,
 * `refused` (not allowed, or not a request), `failed`, or `aborted`: the scheduler had given up before the answer was
 * complete, and went on without it.
 */
export function countCalls(metrics: ExtenderMetrics): RequestHandler {
  return (request, response, next) => {
    const verb = VERBS.find((name) => request.path === verbPath(name));
    if (verb !== undefined && request.method === 'POST') {
      const stopTimer = metrics.durationSeconds.startTimer({ verb });
      const call: Call = { outcome: 'refused' };
      calls.set(response, call);
      response.once('close', stopTimer);
      whenOver(request, response, (sent) => {
        metrics.requests.inc({ verb, outcome: sent ? call.outcome : 'aborted' });
        if (sent) call.sent?.();
      });
    }
    next();
  };
}

export function verbPath(verb: Verb): string {
  return `/scheduler/${verb}`;
}

/** The handler of a verb, behind `countCalls`. */
export function answerVerb<Schema extends z.ZodType<{ Pod: Pod }>>(
  verb: Verb,
  schema: Schema,
  answer: (args: z.output<Schema>) => Answer,
): RequestHandler {
  return (request, response) => {
    const call = calls.get(response);
    try {
      const { body, neutral = false, sent } = answer(parseInput(schema, request.body, `${verb} request`));
      response.json(body);
      if (call) Object.assign(call, { outcome: neutral ? 'neutral' : 'answered', sent });
    } catch (err) {
      if (call && !(err instanceof AppError && err.code === 'INVALID_INPUT')) call.outcome = 'failed';
      throw err;
    }
  };
}

/**
 * Calls `over` once: with true where the whole answer went out on a connection that the client had not given up. An answer can
 * be written to a connection whose other end is gone. Where that was so before, it shows in the next turn of the event loop.
 */
function whenOver(request: Request, response: Response, over: (sent: boolean) => void): void {
  // On a connection for one request only, its end says nothing.
  const isOpen = () => !response.shouldKeepAlive || (!request.socket.destroyed && !request.socket.readableEnded);
  response.once('close', () => {
    if (response.writableFinished) setImmediate(() => setImmediate(() => over(isOpen())));
    else over(false);
  });
}

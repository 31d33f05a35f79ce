import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Pod } from '#core/api/kubernetes.ts';
import { AppError } from '#core/errors.ts';
import type { ScoringConfig } from '#core/scoring/score.ts';
import type { Shortlist } from '#core/scoring/shortlist.ts';
import { parseInput } from '#core/validation.ts';
import type { PostHandler } from '#runtime/json-post.ts';
import type { Logger } from '#runtime/logger.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Decisions } from './decisions.ts';
import type { ExtenderMetrics, Verb } from './metrics.ts';

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

/**
 * The handler of a verb. It counts calls, from the moment they arrive, and what became of each: `answered` or `neutral`,
 * `refused` (not allowed, or not a request), `failed`, or `aborted`: the scheduler had given up before the answer was
 * complete, and went on without it.
 */
export function answerVerb<Schema extends z.ZodType<{ Pod: Pod }>>(
  verb: Verb,
  schema: Schema,
  metrics: ExtenderMetrics,
  answer: (args: z.output<Schema>) => Answer,
): PostHandler {
  return (request, response) => {
    const arrivedMs = performance.now();
    let outcome: 'answered' | 'neutral' | 'refused' | 'failed' = 'refused';
    let sent: (() => void) | undefined;
    response.once('close', () => metrics.durationSeconds.observe({ verb }, (performance.now() - arrivedMs) / 1000));
    whenOver(request, response, (isSent) => {
      metrics.requests.inc({ verb, outcome: isSent ? outcome : 'aborted' });
      if (isSent) sent?.();
    });
    return (body) => {
      try {
        const answered = answer(parseInput(schema, body, `${verb} request`));
        outcome = answered.neutral ? 'neutral' : 'answered';
        sent = answered.sent;
        return answered.body;
      } catch (err) {
        if (!(err instanceof AppError && err.code === 'INVALID_INPUT')) outcome = 'failed';
        throw err;
      }
    };
  };
}

export function verbPath(verb: Verb): string {
  return `/scheduler/${verb}`;
}

/**
 * Calls `over` once: with true where the whole answer went out on a connection that the client had not given up. An answer can
 * be written to a connection whose other end is gone. Where that was so before, it shows in the next turn of the event loop.
 */
function whenOver(request: IncomingMessage, response: ServerResponse, over: (sent: boolean) => void): void {
  // On a connection for one request only, its end says nothing.
  const isOpen = () => !response.shouldKeepAlive || (!request.socket.destroyed && !request.socket.readableEnded);
  response.once('close', () => {
    if (response.writableFinished) setImmediate(() => setImmediate(() => over(isOpen())));
    else over(false);
  });
}

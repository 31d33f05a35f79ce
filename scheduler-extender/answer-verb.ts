import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Pod } from '#core/api/kubernetes.ts';
import type { ScoringConfig } from '#core/scoring/score.ts';
import { parseInput } from '#core/validation.ts';
import type { Logger } from '#runtime/logger.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ExtenderMetrics, Verb } from './metrics.ts';

/** What every verb works with. */
export interface VerbContext {
  view: ClusterView;
  config: ScoringConfig & { shortlist: boolean };
  metrics: ExtenderMetrics;
  logger: Logger;
  /** Called for a pod that found no node because limits rejected these. */
  rejectedEverywhere(pod: Pod, nodes: readonly string[]): void;
  /** Called when the scheduler has the last answer that it needs for the pod, made from what is known of the network. */
  decided(pod: Pod): void;
}

/** One verb's answer. `neutral`: nothing is known that could tell the nodes apart. `decides`: see `decided`. */
export interface Answer {
  body: object;
  neutral?: boolean;
  decides?: boolean;
}

/**
 * The handler of a verb. What is counted is what became of the request: `answered` or `neutral`, `refused` (not a request),
 * or `aborted`: the scheduler had given up before the answer was complete, and went on without it.
 */
export function answerVerb<Schema extends z.ZodType<{ Pod: Pod }>>(
  verb: Verb,
  schema: Schema,
  { metrics, decided }: VerbContext,
  answer: (args: z.output<Schema>) => Answer,
): RequestHandler {
  return (request, response) => {
    const stopTimer = metrics.durationSeconds.startTimer({ verb });
    let outcome: 'answered' | 'neutral' | 'refused' = 'refused';
    let onSent = () => {};
    whenOver(request, response, (sent) => {
      metrics.requests.inc({ verb, outcome: sent ? outcome : 'aborted' });
      if (sent) onSent();
    });
    try {
      const args = parseInput(schema, request.body, `${verb} request`);
      const { body, neutral = false, decides = false } = answer(args);
      outcome = neutral ? 'neutral' : 'answered';
      if (decides) onSent = () => decided(args.Pod);
      response.json(body);
    } finally {
      stopTimer();
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

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { AppError } from '#core/errors.ts';
import { explainPod, prepareToExplain } from '#core/scoring/explain.ts';
import type { ScoringConfig } from '#core/scoring/score.ts';
import { parseInput } from '#core/validation.ts';
import type { ClusterView } from './cluster-view.ts';

const query = z.object({ namespace: z.string().min(1).default('default'), pod: z.string().min(1) });

/** GET /v1/explain?namespace=&pod=: why each node gets its score for the pod, as things stand now. */
export function explainHandler(view: ClusterView, config: ScoringConfig): RequestHandler {
  return async (request, response) => {
    const { namespace, pod: name } = parseInput(query, request.query, 'query');
    const reason = view.notReady();
    if (reason !== undefined) throw new AppError('UNAVAILABLE', reason);
    const pod = await view.pod(namespace, name);
    if (!pod) throw new AppError('NOT_FOUND', `no pod ${namespace}/${name}`);
    // Calls of the scheduler that come meanwhile are answered in between, and the network may change.
    for (const _piece of prepareToExplain(pod, view.snapshot(), config)) await nextTurn();
    response.json(explainPod(pod, view.nodeNames(), view.snapshot(), config));
  };
}

import { type Request, type RequestHandler, Router } from 'express';
import { Reviews } from '#aggregator/authentication/reviews.ts';
import { reviewToken } from '#aggregator/authentication/token-review.ts';
import type { NamespacedName } from '#aggregator/config.ts';
import type { AggregatorMetrics } from '#aggregator/metrics.ts';
import { AppError, type AppErrorCode } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { pacedWarning } from '#runtime/paced-warning.ts';

const AGENT_PATHS = ['/v1/probe-plan', '/v1/reports'];

export interface AgentGuard {
  /**
   * Lets a request pass only with a token of the agents' service account; to come before the body is read. Answers 401
   * without a good token, 403 to others than agents, 503 where the API server cannot be asked: then agents try again.
   */
  authenticate: RequestHandler;
  /** Refuses what an agent asks or reports for another node than that of its pod; to come after the body is read. */
  demandOwnNode: RequestHandler;
}

/** Guards the paths of the agents; requests to others pass. */
export function createAgentGuard(options: {
  client: KubernetesClient;
  audience: string;
  serviceAccount: NamespacedName;
  metrics: AggregatorMetrics;
  logger: Logger;
}): AgentGuard {
  const { client, audience, serviceAccount, metrics, logger } = options;
  const agentName = `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`;
  const reviews = new Reviews(async (token) => {
    const review = await reviewToken(client, token, audience);
    metrics.tokenReviews.inc({ outcome: review.outcome });
    return review;
  });
  const warn = pacedWarning(logger, 'refused an agent');
  const nodeOfRequest = new WeakMap<Request, string>();

  function refuse(code: AppErrorCode, reason: string, message: string): AppError {
    metrics.refusedAgents.inc({ reason });
    warn(reason, { err: message });
    return new AppError(code, message);
  }

  async function nodeOf(authorization: string | undefined): Promise<string> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined)
      throw refuse('UNAUTHENTICATED', 'noToken', "a bearer token with the agent's name is wanted");
    const review = await reviews.of(token).catch((cause: Error) => {
      throw refuse('UNAVAILABLE', 'unavailable', cause.message);
    });
    if (review.outcome === 'refused') throw refuse('UNAUTHENTICATED', review.reason, review.message);
    const { username, node } = review;
    if (username !== agentName) {
      throw refuse('FORBIDDEN', 'otherAccount', `the token is of "${username}", wanted "${agentName}"`);
    }
    if (node === undefined) {
      const wanted = 'wanted a token of a pod on a node, by Kubernetes 1.32 or newer';
      throw refuse('FORBIDDEN', 'noNode', `the token names no node: ${wanted}`);
    }
    return node;
  }

  return {
    authenticate: Router().use(AGENT_PATHS, async (request, _response, next) => {
      nodeOfRequest.set(request, await nodeOf(request.headers.authorization));
      next();
    }),
    demandOwnNode: Router().use(AGENT_PATHS, (request, _response, next) => {
      const own = nodeOfRequest.get(request);
      const claimed: unknown[] = [request.query.node, request.body?.node];
      // What is no name at all is refused by those who read it.
      const other = claimed.find((node) => typeof node === 'string' && node !== own);
      if (other !== undefined) {
        throw refuse('FORBIDDEN', 'otherNode', `the agent of node ${own} speaks for that node only, not for ${other}`);
      }
      next();
    }),
  };
}

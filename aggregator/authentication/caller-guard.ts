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
const EXTENDER_PATHS = ['/v1/decisions'];

export interface CallerGuard {
  /**
   * Lets a request pass only with a token of the service account that the path is for; to come before the body is read.
   * Answers 401 without a good token, 403 to others, 503 where the API server cannot be asked: then callers try again.
   */
  authenticate: RequestHandler;
  /** Refuses what an agent asks or reports for another node than that of its pod; to come after the body is read. */
  demandOwnNode: RequestHandler;
}

/** Guards the paths of the agents and of the extender; requests to others pass. */
export function createCallerGuard(options: {
  client: KubernetesClient;
  audience: string;
  serviceAccount: NamespacedName;
  /** Who may report decisions; without it nobody may. */
  extenderServiceAccount?: NamespacedName | undefined;
  metrics: AggregatorMetrics;
  logger: Logger;
}): CallerGuard {
  const { client, audience, metrics, logger } = options;
  const agentName = userName(options.serviceAccount);
  const extenderName = options.extenderServiceAccount && userName(options.extenderServiceAccount);
  const reviews = new Reviews(async (token) => {
    const review = await reviewToken(client, token, audience);
    metrics.tokenReviews.inc({ outcome: review.outcome });
    return review;
  });
  const warn = pacedWarning(logger, 'refused a request for who sent it');
  const nodeOfRequest = new WeakMap<Request, string>();

  function refuse(code: AppErrorCode, reason: string, message: string): AppError {
    metrics.refusedCallers.inc({ reason });
    warn(reason, { err: message });
    return new AppError(code, message);
  }

  /** Who the token is of, and on which node. */
  async function identify(
    authorization: string | undefined,
    wanted: string,
  ): Promise<{ username: string; node?: string | undefined }> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw refuse('UNAUTHENTICATED', 'noToken', `a bearer token of "${wanted}" is wanted`);
    const review = await reviews.of(token).catch((cause: Error) => {
      throw refuse('UNAVAILABLE', 'unavailable', cause.message);
    });
    if (review.outcome === 'refused') throw refuse('UNAUTHENTICATED', review.reason, review.message);
    if (review.username !== wanted) {
      throw refuse('FORBIDDEN', 'otherAccount', `the token is of "${review.username}", wanted "${wanted}"`);
    }
    return review;
  }

  async function nodeOf(authorization: string | undefined): Promise<string> {
    const { node } = await identify(authorization, agentName);
    if (node === undefined) {
      const needed = 'wanted a token of a pod on a node, by Kubernetes 1.32 or newer';
      throw refuse('FORBIDDEN', 'noNode', `the token names no node: ${needed}`);
    }
    return node;
  }

  return {
    authenticate: Router()
      .use(AGENT_PATHS, async (request, _response, next) => {
        nodeOfRequest.set(request, await nodeOf(request.headers.authorization));
        next();
      })
      .use(EXTENDER_PATHS, async (request, _response, next) => {
        if (extenderName === undefined) {
          throw refuse(
            'FORBIDDEN',
            'noExtender',
            'nobody may report decisions: --extender-service-account is not given',
          );
        }
        await identify(request.headers.authorization, extenderName);
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

function userName({ namespace, name }: NamespacedName): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

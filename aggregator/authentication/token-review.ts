import { z } from 'zod';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

/** What the API server says of a token. `node` is that of the pod which the token is bound to. */
export type Review =
  | { outcome: 'authenticated'; username: string; node: string | undefined }
  | { outcome: 'refused'; reason: 'badToken' | 'otherAudience'; message: string };

const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';
const NODE_NAME = 'authentication.kubernetes.io/node-name';

const tokenReview = z.looseObject({
  status: z.looseObject({
    authenticated: z.boolean().default(false),
    error: z.string().optional(),
    audiences: z.array(z.string()).nullish(),
    user: z
      .looseObject({
        username: z.string().default(''),
        extra: z.record(z.string(), z.array(z.string())).nullish(),
      })
      .nullish(),
  }),
});

/**
 * Asks the API server whose token it is. A token counts only where the answer names our audience: an API server that knows
 * nothing of audiences takes its own tokens for good. Throws AppError UNAVAILABLE where there is no answer.
 */
export async function reviewToken(client: KubernetesClient, token: string, audience: string): Promise<Review> {
  const { status } = await ask(client, token, audience);
  if (!status.authenticated) {
    return {
      outcome: 'refused',
      reason: 'badToken',
      message: status.error || 'the API server does not know the token',
    };
  }
  if (!status.audiences?.includes(audience)) {
    return { outcome: 'refused', reason: 'otherAudience', message: `the token is not for the audience "${audience}"` };
  }
  return {
    outcome: 'authenticated',
    username: status.user?.username ?? '',
    node: status.user?.extra?.[NODE_NAME]?.[0],
  };
}

/** Whatever goes wrong here is about us and the API server, not about who sent the token. */
async function ask(client: KubernetesClient, token: string, audience: string): Promise<z.infer<typeof tokenReview>> {
  try {
    const answer = await client.create(PATH, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [audience] },
    });
    return parseInput(tokenReview, answer, 'token review');
  } catch (cause) {
    throw new AppError('UNAVAILABLE', `tokens cannot be checked: ${(cause as Error).message}`, { cause });
  }
}

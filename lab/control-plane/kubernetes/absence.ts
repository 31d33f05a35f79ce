import { AppError } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

/** Undefined where the API server has what the path names and gives it, else what it said: for `until`. */
export async function absence(client: KubernetesClient, path: string): Promise<string | undefined> {
  try {
    await client.get(path);
    return undefined;
  } catch (err) {
    if (err instanceof AppError) return err.message;
    throw err;
  }
}

import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

type Verb = 'create' | 'patch' | 'apply' | 'delete';

/** The same client, with the outcome of every write counted. */
export function countWrites(
  client: KubernetesClient,
  count: (verb: Verb, outcome: 'success' | 'failure') => void,
): KubernetesClient {
  async function counted<T>(verb: Verb, call: Promise<T>): Promise<T> {
    try {
      const answer = await call;
      count(verb, 'success');
      return answer;
    } catch (err) {
      count(verb, 'failure');
      throw err;
    }
  }
  return {
    ...client,
    create: (path, body) => counted('create', client.create(path, body)),
    patch: (path, type, body) => counted('patch', client.patch(path, type, body)),
    apply: (path, fieldManager, body) => counted('apply', client.apply(path, fieldManager, body)),
    delete: (path, body) => counted('delete', client.delete(path, body)),
  };
}

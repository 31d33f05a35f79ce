import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

/** The same client, with the outcome of every write counted. */
export function countWrites(
  client: KubernetesClient,
  count: (verb: 'create' | 'apply' | 'delete', outcome: 'success' | 'failure') => void,
): KubernetesClient {
  async function counted<T>(verb: 'create' | 'apply' | 'delete', call: Promise<T>): Promise<T> {
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
    apply: (path, fieldManager, body) => counted('apply', client.apply(path, fieldManager, body)),
    delete: (path, body) => counted('delete', client.delete(path, body)),
  };
}

import { KubeConfig, type RequestContext } from '@kubernetes/client-node';

type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>;

/** New connections take up rotated client certificates within this time. */
const POOL_LIFETIME_MS = 300_000;

/**
 * A kubeconfig whose requests and watches share a pool of connections. The library's own makes a pool for every request and
 * never closes it: thousands of requests run out of file descriptors, and each pays for a TLS handshake.
 */
export class PooledKubeConfig extends KubeConfig {
  #pool: { dispatcher: Dispatcher; madeAtMs: number } | undefined;

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    const fresh = context.getDispatcher();
    if (fresh !== undefined) context.setDispatcher(this.#poolOr(fresh));
  }

  /** The pool in use; past its lifetime `fresh` takes its place, and the old one closes when its requests have ended. */
  #poolOr(fresh: Dispatcher): Dispatcher {
    const nowMs = performance.now();
    if (this.#pool !== undefined && nowMs - this.#pool.madeAtMs < POOL_LIFETIME_MS) return this.#pool.dispatcher;
    void this.#pool?.dispatcher.close();
    this.#pool = { dispatcher: fresh, madeAtMs: nowMs };
    return fresh;
  }
}

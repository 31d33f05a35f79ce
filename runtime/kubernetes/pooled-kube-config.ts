import type { RequestContext } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';
import { KubeConfig } from '#runtime/kubernetes/client-library.ts';

/** New connections take up rotated client certificates within this time. */
const POOL_LIFETIME_MS = 300_000;

/**
 * A kubeconfig whose requests and watches share a pool of connections. The library's own makes a pool for every request and
 * never closes it: thousands of requests run out of file descriptors, and each pays for a TLS handshake.
 */
export class PooledKubeConfig extends KubeConfig {
  #pool: { dispatcher: Dispatcher; madeAtMs: number } | undefined;

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await this.authenticate(context);
  }

  /** The same, and gives what sends the request. */
  async authenticate(context: RequestContext): Promise<Dispatcher> {
    await super.applySecurityAuthentication(context);
    // Where nothing of a connection is set, the library makes none.
    const pool = this.#poolOr(() => context.getDispatcher() ?? new Agent());
    context.setDispatcher(pool);
    return pool;
  }

  /** The pool in use; past its lifetime that of `makeFresh` takes its place, and the old one closes when its requests have ended. */
  #poolOr(makeFresh: () => Dispatcher): Dispatcher {
    const nowMs = performance.now();
    if (this.#pool !== undefined && nowMs - this.#pool.madeAtMs < POOL_LIFETIME_MS) return this.#pool.dispatcher;
    void this.#pool?.dispatcher.close();
    this.#pool = { dispatcher: makeFresh(), madeAtMs: nowMs };
    return this.#pool.dispatcher;
  }
}

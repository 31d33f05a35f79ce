import { Watch } from '@kubernetes/client-node';
import { pod } from '#core/api/kubernetes.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';

import type { PooledKubeConfig } from '#runtime/kubernetes/pooled-kube-config.ts';

export interface Binding {
  pod: string;
  node: string;
  atMs: number;
}

export interface BindingRecorder {
  /** Resolves with the first binding. */
  first: Promise<void>;
  /** Resolves with all bindings once there are as many as expected; rejects when they cannot be watched any more. */
  all: Promise<Binding[]>;
  count(): number;
  stop(): void;
}

/** Notes when each pod of a namespace is bound, from a watch that sees bound pods only. */
export async function recordBindings(
  kubeConfig: PooledKubeConfig,
  namespace: string,
  expected: number,
): Promise<BindingRecorder> {
  const bindings = new Map<string, Binding>();
  const first = Promise.withResolvers<void>();
  const all = Promise.withResolvers<Binding[]>();
  // Rejected also when nobody waits for it any more.
  all.promise.catch(() => {});
  let resourceVersion: string | undefined;
  let controller: AbortController | undefined;
  let stopped = false;

  function onEvent(phase: string, object: unknown): void {
    if (phase === 'ERROR') {
      onEnd(object);
      return;
    }
    const { metadata, spec } = parseInput(pod, object, 'bound pod');
    resourceVersion = metadata.resourceVersion;
    if (phase !== 'ADDED' || spec.nodeName === undefined) return;
    bindings.set(metadata.name, { pod: metadata.name, node: spec.nodeName, atMs: performance.now() });
    first.resolve();
    if (bindings.size === expected) all.resolve([...bindings.values()]);
  }

  function onEnd(cause: unknown): void {
    if (stopped) return;
    if (cause) all.reject(new AppError('UNAVAILABLE', 'the watch of bound pods broke', { cause }));
    else void watch();
  }

  // The API server ends the watch of whoever does not read in time: it goes on from where it was.
  async function watch(): Promise<void> {
    controller = await new Watch(kubeConfig).watch(
      `/api/v1/namespaces/${namespace}/pods`,
      { fieldSelector: 'spec.nodeName!=', resourceVersion },
      onEvent,
      onEnd,
    );
  }
  await watch();
  return {
    first: first.promise,
    all: all.promise,
    count: () => bindings.size,
    stop: () => {
      stopped = true;
      controller?.abort();
    },
  };
}

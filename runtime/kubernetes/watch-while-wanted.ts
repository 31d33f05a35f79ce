import type { z } from 'zod';
import { type ResourceCache, type WatchOptions, watchResource } from '#runtime/kubernetes/resource-cache.ts';

/** A resource that is watched only while somebody wants it. */
export interface WantedResource<T> extends ResourceCache<T> {
  want(isWanted: boolean): void;
}

/**
 * Watches a resource while it is wanted; at first it is not. While it is not there are no objects, and nothing to wait for: it is
 * `synced`. Once it is wanted it is `synced` when its list has come.
 */
export function watchWhileWanted<Schema extends z.ZodType>(
  options: WatchOptions<Schema>,
): WantedResource<z.output<Schema>> {
  let cache: ResourceCache<z.output<Schema>> | undefined;
  let ended: Promise<unknown> = Promise.resolve();

  function open(): void {
    const opened = watchResource({
      ...options,
      // What comes late from a watch that was closed is not told.
      onChange: (before, after) => {
        if (cache === opened) options.onChange(before, after);
      },
    });
    cache = opened;
  }

  function close(gone: ResourceCache<z.output<Schema>>): void {
    cache = undefined;
    ended = Promise.all([ended, gone.stop()]);
    for (const object of gone.list()) options.onChange(object);
  }

  return {
    want: (isWanted) => {
      if (isWanted && !cache) open();
      else if (!isWanted && cache) close(cache);
    },
    list: () => cache?.list() ?? [],
    invalid: () => cache?.invalid() ?? 0,
    synced: () => cache?.synced() ?? true,
    idleSeconds: () => cache?.idleSeconds() ?? 0,
    stop: async () => {
      await Promise.all([ended, cache?.stop()]);
    },
  };
}

import type { z } from 'zod';
import { AppError } from '#core/errors.ts';
import { type ResourceCache, type WatchOptions, watchResource } from '#runtime/kubernetes/resource-cache.ts';

/** How often to look whether the resource is served. */
const LOOK_MS = 60_000;
/** Until it is known at all, while the API server is away, as often as other watches try. */
const FIRST_LOOK_MS = 500;
/** An API server that starts may say for a moment that it has no such resource. */
const ABSENT_LOOKS = 2;

/**
 * Watches a resource that the API server may not have: others install its definition, before, after or never. While it is not
 * served, or may not be read, there are no objects, and nothing to wait for: it is `synced` once that is known. `onServed` is
 * called where it is found served.
 */
export function watchOptionalResource<Schema extends z.ZodType>(
  options: WatchOptions<Schema> & { lookMs?: number; onServed?: () => void },
): ResourceCache<z.output<Schema>> {
  const { client, path, logger, onChange, lookMs = LOOK_MS, onServed = () => {} } = options;
  let cache: ResourceCache<z.output<Schema>> | undefined;
  let isKnown = false;
  let isForbidden = false;
  let absentLooks = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function look(): Promise<void> {
    const presence = await presenceOf();
    if (stopped) return;
    absentLooks = presence === 'absent' ? absentLooks + 1 : 0;
    if (presence === 'served' && !cache) {
      cache = watchResource(options);
      onServed();
    }
    if (cache && absentLooks >= ABSENT_LOOKS) await drop(cache);
    if (presence !== 'unknown' && !cache && !isKnown) {
      isKnown = true;
      onChange();
    }
    timer = setTimeout(look, presence === 'unknown' && !isKnown ? FIRST_LOOK_MS : lookMs);
  }

  async function presenceOf(): Promise<'served' | 'absent' | 'forbidden' | 'unknown'> {
    try {
      await client.get(`${path}?limit=1`);
      isForbidden = false;
      return 'served';
    } catch (err) {
      const code = err instanceof AppError ? err.code : undefined;
      if (code === 'NOT_FOUND') return 'absent';
      if (code !== 'FORBIDDEN') return 'unknown';
      if (!isForbidden) logger.warn({ path, err }, 'may not read a resource, and goes on without it');
      isForbidden = true;
      return 'forbidden';
    }
  }

  async function drop(gone: ResourceCache<z.output<Schema>>): Promise<void> {
    isKnown = true;
    cache = undefined;
    await gone.stop();
    for (const object of gone.list()) onChange(object);
  }

  void look();

  return {
    list: () => cache?.list() ?? [],
    invalid: () => cache?.invalid() ?? 0,
    synced: () => {
      isKnown ||= cache?.synced() ?? false;
      return isKnown;
    },
    idleSeconds: () => cache?.idleSeconds() ?? 0,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await cache?.stop();
    },
  };
}

import { type KubernetesListObject, type KubernetesObject, ListWatch } from '@kubernetes/client-node';
import type { z } from 'zod';
import { AppError } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { GuardedWatch, hasName } from '#runtime/kubernetes/guarded-watch.ts';
import type { ReadObject } from '#runtime/kubernetes/protobuf/watch-event.ts';
import type { Logger } from '#runtime/logger.ts';

/** A resource's objects as the API server has them, kept current by a watch. */
export interface ResourceCache<T> {
  /** Every valid object; the array is the caller's own. */
  list(): T[];
  /** Objects that the schema refused, and that `list` leaves out. */
  invalid(): number;
  /** True once the first list has come. */
  synced(): boolean;
  /** Seconds since the API server last proved that what is cached is current: by a list, an event, a bookmark or a new watch. */
  idleSeconds(): number;
  stop(): Promise<void>;
}

export interface WatchOptions<Schema extends z.ZodType> {
  client: KubernetesClient;
  path: string;
  schema: Schema;
  logger: Logger;
  onChange: (before?: z.output<Schema>, after?: z.output<Schema>) => void;
  labelSelector?: string;
  fieldSelector?: string;
  trim?: (object: KubernetesObject) => KubernetesObject;
  /** Reads the same of an object in protobuf, in which the watch then asks for it. */
  readProtobuf?: ReadObject;
}

const RESTART_DELAY_MS = 500;
/** While the API server is away, its absence is told this often. */
const LOG_INTERVAL_MS = 60_000;

/**
 * Watches one collection (`path` of its REST resource, such as `/api/v1/nodes`). `onChange` is called after each change, with
 * the object as it was (undefined for a new one) and as it is (undefined for a removed one), and after each list, with
 * neither. A broken watch is set up anew until `stop`; the last known state stays readable. Where the objects are many and
 * large, `trim` makes of each what is kept: at least its metadata's name, namespace and resourceVersion.
 */
export function watchResource<Schema extends z.ZodType>(
  options: WatchOptions<Schema>,
): ResourceCache<z.output<Schema>> {
  const { client, path, schema, logger, onChange, labelSelector, fieldSelector, trim = (object) => object } = options;
  const query = queryOf({ labelSelector, fieldSelector });
  const objects = new Map<string, z.output<Schema>>();
  const refused = new Set<string>();
  let listed = false;
  let aliveAtMs = performance.now();
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let restart: NodeJS.Timeout | undefined;

  async function list(): Promise<KubernetesListObject<KubernetesObject>> {
    const answer = await client.get(path + query);
    // Taken for a list, any other answer would look as if every object had been removed.
    if (!isList(answer)) throw new AppError('UNAVAILABLE', `GET ${path}: the answer is no list`);
    onAlive();
    setImmediate(() => {
      listed = true;
      onChange();
    });
    return { ...answer, items: answer.items.map(trim) };
  }

  function onAlive(): void {
    aliveAtMs = performance.now();
  }

  function put(object: KubernetesObject): void {
    const key = keyOf(object);
    const before = objects.get(key);
    const result = schema.safeParse(object);
    if (result.success) {
      objects.set(key, result.data);
      refused.delete(key);
    } else {
      objects.delete(key);
      refused.add(key);
      logger.warn({ path, object: key, err: result.error.issues[0] }, 'ignored an object that is not valid');
    }
    onChange(before, objects.get(key));
  }

  function remove(object: KubernetesObject): void {
    const key = keyOf(object);
    const before = objects.get(key);
    objects.delete(key);
    refused.delete(key);
    onChange(before);
  }

  const watch = new GuardedWatch(client.kubeConfig, { onAlive, trim, readProtobuf: options.readProtobuf });
  const informer = new ListWatch(path, watch, list, false, labelSelector, fieldSelector);
  informer.on('add', put);
  informer.on('update', put);
  informer.on('delete', remove);
  informer.on('error', (err: unknown) => {
    if (stopped) return;
    if (performance.now() - loggedAtMs > LOG_INTERVAL_MS) {
      loggedAtMs = performance.now();
      logger.warn({ path, reason: (err as Error).message }, 'watch broke, trying until it stands again');
    }
    restart = setTimeout(start, RESTART_DELAY_MS);
  });

  function start(): void {
    informer.start().catch((err: unknown) => logger.error({ path, err }, 'watch could not be started'));
  }
  start();

  return {
    list: () => [...objects.values()],
    invalid: () => refused.size,
    synced: () => listed,
    idleSeconds: () => (performance.now() - aliveAtMs) / 1000,
    stop: async () => {
      stopped = true;
      clearTimeout(restart);
      await informer.stop();
    },
  };
}

function queryOf(selectors: Record<string, string | undefined>): string {
  const given = Object.entries(selectors).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function isList(answer: unknown): answer is KubernetesListObject<KubernetesObject> {
  const { metadata, items } = (answer ?? {}) as { metadata?: { resourceVersion?: unknown }; items?: unknown };
  return typeof metadata?.resourceVersion === 'string' && Array.isArray(items) && items.every(hasName);
}

function keyOf(object: KubernetesObject): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
}

import type { KubernetesListObject, KubernetesObject } from '@kubernetes/client-node';
import type { z } from 'zod';
import { AppError } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { ListWatch } from '#runtime/kubernetes/client-library.ts';
import { GuardedWatch, hasName } from '#runtime/kubernetes/guarded-watch.ts';
import type { ReadObject } from '#runtime/kubernetes/protobuf/watch-event.ts';
import type { Logger } from '#runtime/logger.ts';
import type { TurnQueue } from '#runtime/turn-queue.ts';

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
  /**
   * Objects are read in turns with everything else, where they are many and change often: of several versions that wait only the
   * newest is read.
   */
  inTurns?: TurnQueue;
  /** Reads the same of an object in protobuf, in which the watch then asks for it. */
  readProtobuf?: ReadObject;
}

const RESTART_DELAY_MS = 500;
/** Objects in one page of a list. */
const PAGE_LIMIT = 250;
/** While the API server is away, its absence is told this often. */
const LOG_INTERVAL_MS = 60_000;

/**
 * Watches one collection (`path` of its REST resource, such as `/api/v1/nodes`). `onChange` is called after each change, with
 * the object as it was (undefined for a new one) and as it is (undefined for a removed one), and after each list, with
 * neither. A broken watch is set up anew until `stop`; the last known state stays readable. Only what the schema makes of an object
 * is kept; `trim` leaves it less to read: at least its metadata's name, namespace and resourceVersion.
 */
export function watchResource<Schema extends z.ZodType>(
  options: WatchOptions<Schema>,
): ResourceCache<z.output<Schema>> {
  const {
    client,
    path,
    schema,
    logger,
    onChange,
    labelSelector,
    fieldSelector,
    trim = (object) => object,
    inTurns,
    readProtobuf,
  } = options;
  const toBeRead = (object: KubernetesObject) => unread(trim(object));
  const selectors = { labelSelector, fieldSelector };
  const objects = new Map<string, z.output<Schema>>();
  const refused = new Set<string>();
  let listed = false;
  let aliveAtMs = performance.now();
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let restart: NodeJS.Timeout | undefined;

  async function list(): Promise<KubernetesListObject<KubernetesObject>> {
    const items: KubernetesObject[] = [];
    for (let token: string | undefined; ; ) {
      const page = await readPage(token);
      for (const item of page.items) items.push(toBeRead(item));
      token = page.metadata.continue;
      if (token) continue;
      onAlive();
      setImmediate(() => (inTurns ? inTurns.whenDone(onListed) : onListed()));
      return { ...page, items };
    }
  }

  /** A list comes in pages: a large one would hold up everything else while it is parsed. */
  async function readPage(token: string | undefined): Promise<ListPage> {
    const answer = await client.get(path + queryOf({ ...selectors, limit: String(PAGE_LIMIT), continue: token }));
    // Taken for a list, any other answer would look as if every object had been removed.
    if (!isList(answer)) throw new AppError('UNAVAILABLE', `GET ${path}: the answer is no list`);
    return answer;
  }

  function onListed(): void {
    listed = true;
    onChange();
  }

  function onAlive(): void {
    aliveAtMs = performance.now();
  }

  function put(object: Unread): void {
    const key = keyOf(object);
    const before = objects.get(key);
    const result = schema.safeParse(object.body);
    delete object.body;
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

  function remove(key: string): void {
    const before = objects.get(key);
    objects.delete(key);
    refused.delete(key);
    onChange(before);
  }

  const watch = new GuardedWatch(client.kubeConfig, {
    onAlive,
    trim: toBeRead,
    readProtobuf: readProtobuf && ((message) => unread(readProtobuf(message))),
  });
  const informer = new ListWatch(path, watch, list, false, labelSelector, fieldSelector);
  const soon = (object: KubernetesObject, work: () => void) => (inTurns ? inTurns.set(keyOf(object), work) : work());
  const onPut = (object: Unread) => soon(object, () => put(object));
  informer.on('add', onPut);
  informer.on('update', onPut);
  informer.on('delete', (object) => soon(object, () => remove(keyOf(object))));
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
      inTurns?.stop();
      await informer.stop();
    },
  };
}

function queryOf(selectors: Record<string, string | undefined>): string {
  const given = Object.entries(selectors).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** What the informer holds of an object: its name and version, and until it is read the object itself. */
interface Unread extends KubernetesObject {
  body?: KubernetesObject;
}

function unread(body: KubernetesObject): Unread {
  const { name, namespace, resourceVersion } = body.metadata ?? {};
  return { metadata: { name, namespace, resourceVersion }, body } as Unread;
}

interface ListPage {
  metadata: { resourceVersion: string; continue?: string };
  items: KubernetesObject[];
}

function isList(answer: unknown): answer is ListPage {
  const { metadata, items } = (answer ?? {}) as { metadata?: { resourceVersion?: unknown }; items?: unknown };
  return typeof metadata?.resourceVersion === 'string' && Array.isArray(items) && items.every(hasName);
}

function keyOf(object: KubernetesObject): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
}

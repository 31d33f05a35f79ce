import type { KubernetesObject } from '@kubernetes/client-node';
import { HttpMethod, RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { Watch } from '@kubernetes/client-node/dist/watch.js';
import { AppError } from '#core/errors.ts';
import { splitFrames, splitLines, type TakeChunk } from '#runtime/kubernetes/event-splitters.ts';
import type { PooledKubeConfig } from '#runtime/kubernetes/pooled-kube-config.ts';
import { type ReadObject, readWatchEvent } from '#runtime/kubernetes/protobuf/watch-event.ts';

type Query = Record<string, string | number | boolean | undefined>;
type Callback = (phase: string, object: unknown) => void;

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';
/** A watch that is silent for so long is set up anew. */
const SILENCE_MS = 30_000;
/** More may wait behind a chunk of this size, and chunk after chunk would be read in one go: others have their turn between them. */
const LARGE_CHUNK_BYTES = 32 * 1024;
const SILENCE_CODES = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];

/**
 * Takes the place of the library's watch, which spends more CPU time on an event than all that is done with it, and knows JSON
 * alone. It asks for bookmarks as well, which keep the place in a quiet collection and show that the watch is alive. What is no
 * event (a gateway's line, say) is left out.
 */
export class GuardedWatch extends Watch {
  readonly #kubeConfig: PooledKubeConfig;
  readonly #onAlive: () => void;
  readonly #trim: (object: KubernetesObject) => KubernetesObject;
  /** Undefined where the watch is in JSON. */
  #readProtobuf: ReadObject | undefined;

  /**
   * `onAlive` is called whenever the server proves that the watch stands; `trim` makes of each object what is kept;
   * `readProtobuf` reads the same of an object in protobuf. With it the watch asks for protobuf, and takes JSON from a server that
   * has no other; after an event that cannot be read it asks for JSON.
   */
  constructor(
    kubeConfig: PooledKubeConfig,
    options: {
      onAlive: () => void;
      trim: (object: KubernetesObject) => KubernetesObject;
      readProtobuf?: ReadObject | undefined;
    },
  ) {
    super(kubeConfig);
    this.#kubeConfig = kubeConfig;
    this.#onAlive = options.onAlive;
    this.#trim = options.trim;
    this.#readProtobuf = options.readProtobuf;
  }

  /** Resolves when the server has answered. `done` is called when the watch is over: with null, or with the error that ended it. */
  override async watch(
    path: string,
    query: Query,
    callback: Callback,
    done: (err: unknown) => void,
  ): Promise<AbortController> {
    const stop = new AbortController();
    try {
      const url = watchUrl(this.#kubeConfig.getCurrentCluster()?.server, path, query);
      const context = new RequestContext(url.href, HttpMethod.GET);
      const dispatcher = await this.#kubeConfig.authenticate(context);
      const accept = this.#readProtobuf ? `${PROTOBUF_TYPE};stream=watch,${JSON_TYPE}` : JSON_TYPE;
      const { promise: answered, resolve } = Promise.withResolvers<void>();
      let take: TakeChunk = () => {};
      const over = (err: unknown) => {
        done(err);
        resolve();
      };
      const request = {
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { ...context.getHeaders(), accept },
        headersTimeout: SILENCE_MS,
        bodyTimeout: SILENCE_MS,
        // In a Go server an event of HTTP/2 goes through more hands: by 1.1 it takes the API server less CPU time.
        allowH2: false,
      };
      dispatcher.dispatch(request, {
        onRequestStart: (controller) => {
          const abort = () => controller.abort(stop.signal.reason as Error);
          if (stop.signal.aborted) abort();
          else stop.signal.addEventListener('abort', abort);
        },
        onResponseStart: (_controller, statusCode, headers, statusMessage) => {
          if (statusCode !== 200)
            throw Object.assign(new Error(statusMessage || `status ${statusCode}`), { statusCode });
          take = this.#takerOf(String(headers['content-type']), callback);
          this.#onAlive();
          resolve();
        },
        onResponseData: (controller, chunk) => {
          take(chunk);
          if (chunk.length < LARGE_CHUNK_BYTES) return;
          controller.pause();
          setImmediate(() => controller.resume());
        },
        onResponseEnd: () => over(null),
        // By this name the caller knows that it may go on at once.
        onResponseError: (_controller, err) =>
          over(isSilence(err) ? new DOMException(err.message, 'TimeoutError') : err),
      });
      await answered;
    } catch (err) {
      done(err);
    }
    return stop;
  }

  #takerOf(contentType: string, callback: Callback): TakeChunk {
    const readProtobuf = this.#readProtobuf;
    if (readProtobuf === undefined || !contentType.startsWith(PROTOBUF_TYPE)) {
      return splitLines((line) => {
        const { type, object } = parseEvent(line);
        this.#tell(type, type !== 'ERROR' && hasName(object) ? this.#trim(object) : object, callback);
      });
    }
    const take = splitFrames((frame) => {
      const { type, object } = readWatchEvent(frame, readProtobuf);
      this.#tell(type, object, callback);
    });
    return (chunk) => {
      try {
        take(chunk);
      } catch (err) {
        this.#readProtobuf = undefined;
        throw err;
      }
    };
  }

  #tell(type: unknown, object: unknown, callback: Callback): void {
    if (typeof type !== 'string' || !isRecord(object)) return;
    if (type !== 'ERROR') {
      if (!hasName(object) && !(type === 'BOOKMARK' && hasVersion(object))) return;
      this.#onAlive();
    }
    callback(type, object);
  }
}

function watchUrl(server: string | undefined, path: string, query: Query): URL {
  if (server === undefined) throw new AppError('INVALID_INPUT', 'kubeconfig: no current cluster');
  const url = new URL(server + path);
  for (const [name, value] of Object.entries({ ...query, watch: true, allowWatchBookmarks: true })) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/** Without fields where the line is no event. */
function parseEvent(line: string): { type?: unknown; object?: unknown } {
  try {
    const event: unknown = JSON.parse(line);
    return isRecord(event) ? event : {};
  } catch {
    return {};
  }
}

function isSilence(err: Error): boolean {
  return 'code' in err && SILENCE_CODES.includes(String(err.code));
}

/** True for what has `metadata.name`, as every object in a list and in a watch, bookmarks excepted. */
export function hasName(object: unknown): object is KubernetesObject {
  return isRecord(object) && isRecord(object.metadata) && typeof object.metadata.name === 'string';
}

function hasVersion(object: unknown): boolean {
  return isRecord(object) && isRecord(object.metadata) && typeof object.metadata.resourceVersion === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

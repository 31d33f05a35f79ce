import { type KubeConfig, type KubernetesObject, Watch } from '@kubernetes/client-node';

/**
 * The library's watch, whose rejections nobody handles and so would end the process: where the server (or a proxy before
 * it) sends a line that is no event, and where the credentials cannot be read. It asks for bookmarks as well, which keep the
 * place in a quiet collection and show that the watch is alive.
 */
export class GuardedWatch extends Watch {
  readonly #onAlive: () => void;
  readonly #trim: (object: KubernetesObject) => KubernetesObject;

  /** `onAlive` is called whenever the server proves that the watch stands; `trim` makes of each object what is kept. */
  constructor(
    config: KubeConfig,
    options: { onAlive: () => void; trim: (object: KubernetesObject) => KubernetesObject },
  ) {
    super(config);
    this.#onAlive = options.onAlive;
    this.#trim = options.trim;
  }

  override async watch(
    path: string,
    queryParams: Record<string, string | number | boolean | undefined>,
    callback: (phase: string, object: unknown, event?: unknown) => void,
    done: (err: unknown) => void,
  ): Promise<AbortController> {
    let over = false;
    const onDone = (err: unknown) => {
      over = true;
      done(err);
    };
    const onEvent = (phase: string, object: unknown, event?: unknown) => {
      if (phase === 'ERROR') {
        if (isRecord(object)) callback(phase, object, event);
        return;
      }
      const isObject = hasName(object);
      if (!isObject && !(phase === 'BOOKMARK' && hasVersion(object))) return;
      this.#onAlive();
      callback(phase, isObject ? this.#trim(object) : object, event);
    };
    try {
      const controller = await super.watch(path, { ...queryParams, allowWatchBookmarks: true }, onEvent, onDone);
      if (!over) this.#onAlive();
      return controller;
    } catch (err) {
      onDone(err);
      return new AbortController();
    }
  }
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

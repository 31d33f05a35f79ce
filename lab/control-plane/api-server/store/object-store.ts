import type { KubeObject } from '#lab/control-plane/api-server/kube-object.ts';

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  revision: number;
  object: KubeObject;
  previous: KubeObject | undefined;
}

export interface ChangeListener {
  onChange(change: Change): void;
  /** The collection is gone, and nothing follows. */
  onClosed(): void;
}

interface Collection {
  objects: Map<string, KubeObject>;
  history: Change[];
  /** The history holds every change after this revision. */
  historyStart: number;
  listeners: Set<ChangeListener>;
}

/** Changes kept per collection for watches that resume; kube-apiserver keeps 100 to 102,400. */
const HISTORY_LENGTH = 2_000;

/**
 * Objects by collection, in memory. Every write gets the next revision, and listeners hear of it before the write
 * returns; all is synchronous, so that writes never interleave.
 */
export class ObjectStore {
  #revision: number;
  readonly #collections = new Map<string, Collection>();

  constructor(firstRevision: number) {
    this.#revision = firstRevision;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Starts an empty collection. Its history starts here, even where one of the same name was closed before. */
  open(collection: string): void {
    this.#revision += 1;
    const empty = {
      objects: new Map(),
      history: [],
      historyStart: this.#revision,
      listeners: new Set<ChangeListener>(),
    };
    this.#collections.set(collection, empty);
  }

  close(collection: string): void {
    const closed = this.#collection(collection);
    this.#collections.delete(collection);
    for (const listener of closed.listeners) listener.onClosed();
  }

  get(collection: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#collection(collection).objects.get(key(namespace, name));
  }

  /** Sorted by namespace and name. */
  list(collection: string, namespace?: string): KubeObject[] {
    const entries = [...this.#collection(collection).objects];
    const wanted = namespace === undefined ? entries : entries.filter(([at]) => at.startsWith(`${namespace}/`));
    return wanted.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Every object of every collection, with the collection's name. */
  *all(): Generator<[string, KubeObject]> {
    for (const [name, { objects }] of this.#collections) {
      for (const object of objects.values()) yield [name, object];
    }
  }

  /** Creates or replaces; the stored object carries the new revision. */
  put(collection: string, object: KubeObject): KubeObject {
    const { objects } = this.#collection(collection);
    const at = key(object.metadata.namespace, object.metadata.name);
    const previous = objects.get(at);
    const stored = this.#stamp(object);
    objects.set(at, stored);
    this.#publish(collection, previous === undefined ? 'ADDED' : 'MODIFIED', stored, previous);
    return stored;
  }

  /** Returns the last state, with the revision of its removal. */
  remove(collection: string, object: KubeObject): KubeObject {
    this.#collection(collection).objects.delete(key(object.metadata.namespace, object.metadata.name));
    const removed = this.#stamp(object);
    this.#publish(collection, 'DELETED', removed, object);
    return removed;
  }

  /** Every change after the revision; undefined where the history does not reach back, or never was there. */
  changesSince(collection: string, revision: number): Change[] | undefined {
    const { history, historyStart } = this.#collection(collection);
    if (revision < historyStart || revision > this.#revision) return undefined;
    return history.filter((change) => change.revision > revision);
  }

  /** Returns the function that ends the subscription. */
  subscribe(collection: string, listener: ChangeListener): () => void {
    const { listeners } = this.#collection(collection);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  #collection(name: string): Collection {
    const collection = this.#collections.get(name);
    if (collection === undefined) throw new Error(`no such collection: ${name}`);
    return collection;
  }

  #stamp(object: KubeObject): KubeObject {
    this.#revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #publish(name: string, type: Change['type'], object: KubeObject, previous: KubeObject | undefined): void {
    const collection = this.#collection(name);
    const change = { type, revision: this.#revision, object, previous };
    collection.history.push(change);
    if (collection.history.length > 2 * HISTORY_LENGTH) {
      const dropped = collection.history.splice(0, collection.history.length - HISTORY_LENGTH);
      collection.historyStart = dropped.at(-1)?.revision ?? collection.historyStart;
    }
    for (const listener of [...collection.listeners]) listener.onChange(change);
  }
}

function key(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

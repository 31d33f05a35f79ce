export type Source = 'own' | 'theirs';

/** What there is of ours and of scheduler-plugins, by name: of two with one name ours counts, as long as it is there. */
export class OwnFirst<T> {
  readonly #own = new Map<string, T>();
  readonly #theirs = new Map<string, T>();
  readonly #counting = new Map<string, T>();

  /** Live: it shows every change. */
  get counting(): ReadonlyMap<string, T> {
    return this.#counting;
  }

  isTheirs(name: string): boolean {
    return !this.#own.has(name) && this.#theirs.has(name);
  }

  /** What is there from now on; undefined where nothing is. Returns what counted and what counts. */
  put(source: Source, name: string, value: T | undefined): { before: T | undefined; after: T | undefined } {
    const before = this.#counting.get(name);
    set(source === 'own' ? this.#own : this.#theirs, name, value);
    const after = this.#own.get(name) ?? this.#theirs.get(name);
    set(this.#counting, name, after);
    return { before, after };
  }
}

function set<T>(map: Map<string, T>, name: string, value: T | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}

/** A map of at most `limit` entries: where there would be more, the one that was set longest ago gives way. */
export class BoundedMap<Key, Value> {
  readonly #limit: number;
  readonly #entries = new Map<Key, Value>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Also makes the entry the youngest, where it was there before. */
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** True where it was there. */
  delete(key: Key): boolean {
    return this.#entries.delete(key);
  }

  /** From the oldest to the youngest; the array is the caller's own. */
  values(): Value[] {
    return [...this.#entries.values()];
  }
}

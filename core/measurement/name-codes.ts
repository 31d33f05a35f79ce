const NONE = 0;
const LARGEST = 0xff;

/**
 * Few names that many windows have, each as one byte: from 1 to 255 in the order in which they came, 0 for none. Names come from
 * others: those past the 255th have none.
 */
export class NameCodes {
  readonly #codes = new Map<string, number>();
  readonly #names: string[] = [];

  codeOf(name: string | undefined): number {
    if (name === undefined) return NONE;
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    if (this.#names.length === LARGEST) return NONE;
    const code = this.#names.push(name);
    this.#codes.set(name, code);
    return code;
  }

  nameOf(code: number): string | undefined {
    return this.#names[code - 1];
  }
}

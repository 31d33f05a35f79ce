import type { RttSample } from '#core/coordinates/node-links.ts';

const FIRST_SIZE = 1024;

/** Samples in 16 bytes each: those of a large cluster are gathered every few seconds, and kept while they are gone through. */
export class PackedSamples implements Iterable<RttSample> {
  #ends = new Uint32Array(2 * FIRST_SIZE);
  #rtts = new Float64Array(FIRST_SIZE);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(origin: number, destination: number, rttMicroseconds: number): void {
    if (this.#length === this.#rtts.length) this.#grow();
    this.#ends[2 * this.#length] = origin;
    this.#ends[2 * this.#length + 1] = destination;
    this.#rtts[this.#length] = rttMicroseconds;
    this.#length += 1;
  }

  *[Symbol.iterator](): Generator<RttSample> {
    for (let position = 0; position < this.#length; position++) {
      yield {
        origin: this.#ends[2 * position] as number,
        destination: this.#ends[2 * position + 1] as number,
        rttMicroseconds: this.#rtts[position] as number,
      };
    }
  }

  #grow(): void {
    const [ends, rtts] = [this.#ends, this.#rtts];
    this.#ends = new Uint32Array(2 * ends.length);
    this.#rtts = new Float64Array(2 * rtts.length);
    this.#ends.set(ends);
    this.#rtts.set(rtts);
  }
}

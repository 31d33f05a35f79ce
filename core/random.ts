/** A seeded generator of numbers in [0, 1): mulberry32 (Tommy Ettinger, public domain). The same seed gives the same sequence. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A hash of a text, 32 bits: FNV-1a (Fowler, Noll, Vo, public domain) from a seed, mixed. */
export function hashText(text: string, seed: number): number {
  let hash = hashNumber(seed ^ 0x811c9dc5);
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hashNumber(hash);
}

/** A hash of a 32-bit number, 32 bits; different numbers have different ones: the finalizer of MurmurHash3 (Austin Appleby, public domain). */
export function hashNumber(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

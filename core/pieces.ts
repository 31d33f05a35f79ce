/** Work that is done in pieces of some milliseconds at most, one with each step: between them others may have their turn. */
export type Pieces<Value> = Generator<void, Value>;

/** Does all pieces in one go. */
export function finish<Value>(pieces: Pieces<Value>): Value {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}

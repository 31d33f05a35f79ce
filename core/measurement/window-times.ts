/** `duplicate` has the time of a sample that is there; `stale` is older than all that the full window holds. */
export type InsertOutcome = 'added' | Refused;
type Refused = 'duplicate' | 'stale';

/**
 * The place of a new time among those from `first` to `last`, which are in order and the oldest of which gives way: what stands
 * from `first` + 1 up to there is to move down by one.
 */
export function placeAmong(times: ArrayLike<number>, first: number, last: number, time: number): number | Refused {
  let place = last;
  while (place >= first && (times[place] as number) > time) place -= 1;
  if (place < first) return 'stale';
  return times[place] === time ? 'duplicate' : place;
}

/** Offset of a time that never was. */
const NEVER = 0;
const FIRST = 1;
const LAST = 0xffff_ffff;
const MIDDLE = 2 ** 31;

/**
 * The times (Unix ms) of the samples in many windows, in 4 bytes each and not 8: as offsets from a moment which moves along. What
 * was added last is always exact, and with it what is up to 24 days older or newer; what is further away counts as so far. So it is
 * for samples of about the same time.
 */
export class WindowTimes {
  readonly #pages: Uint32Array[] = [];
  #zeroMs = Number.NaN;

  /** Times of `count` samples that never were. */
  createPage(count: number): Uint32Array {
    const page = new Uint32Array(count);
    this.#pages.push(page);
    return page;
  }

  /** Empties places of a page; -Infinity for the time leaves nothing there. */
  clear(page: Uint32Array, start: number, end: number, timeMs: number): void {
    page.fill(timeMs === Number.NEGATIVE_INFINITY ? NEVER : this.#offsetOf(timeMs), start, end);
  }

  /** -Infinity where there never was one. */
  at(page: Uint32Array, place: number): number {
    const offset = page[place] as number;
    return offset === NEVER ? Number.NEGATIVE_INFINITY : this.#zeroMs + offset;
  }

  /** As `placeAmong`. */
  placeFor(page: Uint32Array, first: number, last: number, timeMs: number): number | Refused {
    return placeAmong(page, first, last, this.#offsetOf(timeMs));
  }

  /** Of a time that has a place, once the others have moved down. */
  set(page: Uint32Array, place: number, timeMs: number): void {
    page[place] = this.#offsetOf(timeMs);
  }

  #offsetOf(timeMs: number): number {
    const offset = timeMs - this.#zeroMs;
    if (offset >= FIRST && offset <= LAST) return offset;
    this.#moveZero(timeMs - MIDDLE);
    return MIDDLE;
  }

  #moveZero(zeroMs: number): void {
    const by = this.#zeroMs - zeroMs;
    this.#zeroMs = zeroMs;
    if (Number.isNaN(by)) return;
    for (const page of this.#pages) {
      for (let place = 0; place < page.length; place += 1) {
        if (page[place] !== NEVER) page[place] = Math.min(LAST, Math.max(FIRST, (page[place] as number) + by));
      }
    }
  }
}

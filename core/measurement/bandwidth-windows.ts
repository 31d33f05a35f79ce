import { type LevelRule, presentLevel } from '#core/measurement/level.ts';
import { NameCodes } from '#core/measurement/name-codes.ts';
import { type InsertOutcome, placeAmong } from '#core/measurement/window-times.ts';

export interface BandwidthSummary {
  bandwidthBitsPerSecond: number;
  /** Of the last test. */
  measuredAtMs: number;
}

/** What the last UDP test of a link said. */
export interface UdpReading {
  measuredAtMs: number;
  jitterMicroseconds?: number | undefined;
  lossPartsPerMillion?: number | undefined;
}

/** Enough for a level (3 tests) and a step (2). */
const TESTS = 5;
const BANDWIDTH_LEVEL: LevelRule = { first: 1, values: 3, confirmations: 2, ratio: 0.25, atLeast: 0 };
const PAGE_BITS = 10;
const PAGE_WINDOWS = 1 << PAGE_BITS;
const NEVER = Number.NEGATIVE_INFINITY;

/** PAGE_WINDOWS windows of TESTS tests each, in the order of time, the newest at the end; unused ones have bandwidth 0. */
interface Page {
  times: Float64Array;
  bandwidths: Float64Array;
  /** A code for each window: what its last test was sent with. */
  congestionControls: Uint8Array;
}

/** The last bandwidth tests of many directed links, in windows by number. */
export class BandwidthWindows {
  readonly #pages: (Page | undefined)[] = [];
  readonly #congestionControls = new NameCodes();
  /** Sparse: few links have UDP tests. */
  readonly #udp = new Map<number, UdpReading>();

  /** Empties the window; nothing at or before `notBeforeMs` will be taken. */
  clear(window: number, notBeforeMs = NEVER): void {
    this.#udp.delete(window);
    if (notBeforeMs === NEVER && this.#pages[window >>> PAGE_BITS] === undefined) return;
    const { times, bandwidths, congestionControls } = this.#pageFor(window);
    const first = firstOf(window);
    times.fill(notBeforeMs, first, first + TESTS);
    bandwidths.fill(0, first, first + TESTS);
    congestionControls[positionOf(window)] = 0;
  }

  /** Puts a TCP test in its place by time; the oldest gives way. Nothing but `added` changes the window. */
  add(window: number, measuredAtMs: number, bandwidthBitsPerSecond: number, congestionControl?: string): InsertOutcome {
    const { times, bandwidths, congestionControls } = this.#pageFor(window);
    const first = firstOf(window);
    const last = first + TESTS - 1;
    const place = placeAmong(times, first, last, measuredAtMs);
    if (typeof place === 'string') return place;
    for (const array of [times, bandwidths]) array.copyWithin(first, first + 1, place + 1);
    times[place] = measuredAtMs;
    bandwidths[place] = bandwidthBitsPerSecond;
    if (place === last) congestionControls[positionOf(window)] = this.#congestionControls.codeOf(congestionControl);
    return 'added';
  }

  /** UDP tests say nothing of what TCP gets: they are kept apart, the last one of each link. */
  addUdp(window: number, reading: UdpReading): InsertOutcome {
    const last = this.#udp.get(window)?.measuredAtMs ?? NEVER;
    if (reading.measuredAtMs <= last) return reading.measuredAtMs === last ? 'duplicate' : 'stale';
    this.#udp.set(window, reading);
    return 'added';
  }

  udp(window: number): UdpReading | undefined {
    return this.#udp.get(window);
  }

  /** The sender's of the last TCP test; undefined where it did not tell, and for names past the first 255. */
  congestionControl(window: number): string | undefined {
    const code = this.#pages[window >>> PAGE_BITS]?.congestionControls[positionOf(window)];
    return code === undefined ? undefined : this.#congestionControls.nameOf(code);
  }

  /** Of the last TCP test; -Infinity where there is none. */
  measuredAtMs(window: number): number {
    const page = this.#pages[window >>> PAGE_BITS];
    const last = firstOf(window) + TESTS - 1;
    return page === undefined || page.bandwidths[last] === 0 ? NEVER : (page.times[last] as number);
  }

  /** Median of the present level's last three; undefined without a test. */
  summarize(window: number): BandwidthSummary | undefined {
    const page = this.#pages[window >>> PAGE_BITS];
    if (page === undefined) return undefined;
    const first = firstOf(window);
    const values = page.bandwidths.subarray(first, first + TESTS);
    const level = presentLevel(values.subarray(values.lastIndexOf(0) + 1), BANDWIDTH_LEVEL);
    if (level === undefined) return undefined;
    return {
      bandwidthBitsPerSecond: Math.round(level.value),
      measuredAtMs: page.times[first + TESTS - 1] as number,
    };
  }

  #pageFor(window: number): Page {
    const position = window >>> PAGE_BITS;
    this.#pages[position] ??= {
      times: new Float64Array(PAGE_WINDOWS * TESTS).fill(NEVER),
      bandwidths: new Float64Array(PAGE_WINDOWS * TESTS),
      congestionControls: new Uint8Array(PAGE_WINDOWS),
    };
    return this.#pages[position];
  }
}

function firstOf(window: number): number {
  return positionOf(window) * TESTS;
}

/** In its page. */
function positionOf(window: number): number {
  return window & (PAGE_WINDOWS - 1);
}

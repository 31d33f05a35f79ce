import type { RttMethod } from '#core/api/agent.ts';
import { UNREACHABLE_PARTS_PER_MILLION } from '#core/api/fields.ts';
import { type Level, type LevelRule, presentLevel } from '#core/measurement/level.ts';
import { type InsertOutcome, WindowTimes } from '#core/measurement/window-times.ts';

/** One probe of a link: several pings, or connections. */
export interface Probe {
  measuredAtMs: number;
  /** More than 65,535 count as so many. */
  transmitted: number;
  received: number;
  /** Present where something was received. */
  rttMicroseconds?: number | undefined;
  jitterMicroseconds?: number | undefined;
  method?: RttMethod | undefined;
}

/** All is undefined, or 0, while nothing is told of the link: until a second probe confirms the first. */
export interface ProbeSummary {
  rttMicroseconds: number | undefined;
  jitterMicroseconds: number | undefined;
  lossPartsPerMillion: number | undefined;
  /** Pings that the loss is of. */
  samples: number;
  /** How the RTT was measured. */
  isTcp: boolean;
  /** Of the last probe; -Infinity where there is none. */
  measuredAtMs: number;
}

/** Enough for a level of five, a step of two and a few without an answer. */
const PROBES = 12;
/** Loss is of PROBES and up to BLOCKS x BLOCK_PROBES older ones (60 in all), and of few more pings than LOSS_PINGS. */
const BLOCKS = 2;
const BLOCK_PROBES = 24;
const LOSS_PINGS = 5000;
const UNREACHABLE_PROBES = 3;
/** One probe alone may be an outlier, also a lost one. */
const CONFIRMED = 2;
/** More than these have a level, whatever they are, unless the method changes all the time. */
const FEW_ANSWERS = 5;

// The median of the last 3-5 predicts the next value best on calm networks, the last value where the level jumps.
const RTT_LEVEL: LevelRule = { first: 2, values: 5, confirmations: 3, ratio: 0.25, atLeast: 200 };
/** RFC 3550, 6.4.1: each difference of two round trips moves the jitter by 1/16. */
const JITTER_KEPT = 15 / 16;

const PAGE_BITS = 10;
const PAGE_WINDOWS = 1 << PAGE_BITS;
const BLOCK_FIELDS = 3;
const UNKNOWN = 0xffff_ffff;
const MOST_PINGS = 0xffff;
const NEVER = Number.NEGATIVE_INFINITY;

/** How many probes of a window got a reply, how many did not, and how many of these are the last. */
interface Answers {
  answered: number;
  silent: number;
  silentAtTheEnd: number;
}

const UNTOLD: ProbeSummary = {
  rttMicroseconds: undefined,
  jitterMicroseconds: undefined,
  lossPartsPerMillion: undefined,
  samples: 0,
  isTcp: false,
  measuredAtMs: NEVER,
};

/** PAGE_WINDOWS windows, of PROBES probes each in the order of time, the newest at the end; unused ones have transmitted nothing. */
interface Page {
  times: Uint32Array;
  transmitted: Uint16Array;
  received: Uint16Array;
  rtts: Uint32Array;
  jitters: Uint32Array;
  isTcp: Uint8Array;
  /** For each window BLOCKS of probes, transmitted, received, the newest at the end: older probes, which count for loss only. */
  blocks: Uint32Array;
}

/**
 * The last probes of many directed links, in windows by number. In typed arrays, because there are many: 5,000 nodes with
 * 32 peers make 160,000 windows, which take 37 MB like this and 260 MB as objects.
 */
export class ProbeWindows {
  readonly #pages: Page[] = [];
  readonly #times = new WindowTimes();

  /** Empties the window; nothing at or before `notBeforeMs` will be taken. */
  clear(window: number, notBeforeMs = NEVER): void {
    const page = this.#pageFor(window);
    const first = firstOf(window);
    this.#times.clear(page.times, first, first + PROBES, notBeforeMs);
    page.transmitted.fill(0, first, first + PROBES);
    const block = blockOf(window);
    page.blocks.fill(0, block, block + BLOCKS * BLOCK_FIELDS);
  }

  /**
   * Puts a probe in its place by time, so that the order of arrival does not matter as long as nothing is stale; the oldest
   * gives way. Nothing but `added` changes the window.
   */
  add(window: number, probe: Probe): InsertOutcome {
    const page = this.#pageFor(window);
    const first = firstOf(window);
    const place = this.#times.placeFor(page.times, first, first + PROBES - 1, probe.measuredAtMs);
    if (typeof place === 'string') return place;
    retire(page, window, page.transmitted[first] as number, page.received[first] as number);
    for (const array of [page.times, page.transmitted, page.received, page.rtts, page.jitters, page.isTcp]) {
      array.copyWithin(first, first + 1, place + 1);
    }
    this.#times.set(page.times, place, probe.measuredAtMs);
    page.transmitted[place] = Math.min(MOST_PINGS, probe.transmitted);
    page.received[place] = Math.min(MOST_PINGS, probe.received);
    page.rtts[place] = probe.rttMicroseconds ?? UNKNOWN;
    page.jitters[place] = probe.jitterMicroseconds ?? UNKNOWN;
    page.isTcp[place] = Number(probe.method === 'tcp');
    return 'added';
  }

  /** Of the last probe; -Infinity where there is none. */
  measuredAtMs(window: number): number {
    const page = this.#pageFor(window);
    const last = firstOf(window) + PROBES - 1;
    return page.transmitted[last] === 0 ? NEVER : this.#times.at(page.times, last);
  }

  /** Of the last probe, if it got a reply; -Infinity otherwise. */
  answeredAtMs(window: number): number {
    const last = firstOf(window) + PROBES - 1;
    return this.#pageFor(window).received[last] === 0 ? NEVER : this.measuredAtMs(window);
  }

  /** The last probes, three or all that there are, got no reply at all; or two did not, and the others are no level yet. */
  isUnreachable(window: number): boolean {
    return isUnreachable(this.#answers(window), () => this.#levelOf(window).level);
  }

  /** Whether there is anything to tell of the link; as `summarize` would say, for little. */
  isTold(window: number): boolean {
    return this.#answers(window).answered > FEW_ANSWERS || this.summarize(window).samples > 0;
  }

  /** Whether there are probes, but so few that the next may make them worth telling. */
  isConfirming(window: number): boolean {
    const { answered, silent } = this.#answers(window);
    const probes = answered + silent;
    return probes > 0 && probes < RTT_LEVEL.confirmations && !this.isTold(window);
  }

  /** RTT is the median of the present level's last five (level.ts), jitter that of the level by EWMA; loss goes further back. */
  summarize(window: number): ProbeSummary {
    const page = this.#pageFor(window);
    const answers = this.#answers(window);
    const { level, places, methods } = this.#levelOf(window);
    const fails = isUnreachable(answers, () => level);
    if (level === undefined && !(fails && answers.silent >= CONFIRMED)) return UNTOLD;
    return {
      rttMicroseconds: level === undefined ? undefined : Math.round(level.value),
      jitterMicroseconds: level === undefined ? undefined : jitterOf(page, places.slice(level.start)),
      ...lossOf(page, window, fails),
      isTcp: level !== undefined && methods[level.start] === 1,
      measuredAtMs: this.measuredAtMs(window),
    };
  }

  /** Of the probes that were answered, by their places. */
  #levelOf(window: number): { level: Level | undefined; places: number[]; methods: number[] } {
    const page = this.#pageFor(window);
    const first = firstOf(window);
    const places: number[] = [];
    const rtts: number[] = [];
    const methods: number[] = [];
    for (let place = first; place < first + PROBES; place += 1) {
      if (page.transmitted[place] === 0 || page.received[place] === 0) continue;
      places.push(place);
      rtts.push(page.rtts[place] as number);
      methods.push(page.isTcp[place] as number);
    }
    return { level: presentLevel(rtts, RTT_LEVEL, methods), places, methods };
  }

  #answers(window: number): Answers {
    const { transmitted, received } = this.#pageFor(window);
    const first = firstOf(window);
    let [answered, silent, silentAtTheEnd] = [0, 0, 0];
    for (let place = first; place < first + PROBES; place += 1) {
      if (transmitted[place] === 0) continue;
      const isSilent = received[place] === 0;
      silentAtTheEnd = isSilent ? silentAtTheEnd + 1 : 0;
      if (isSilent) silent += 1;
      else answered += 1;
    }
    return { answered, silent, silentAtTheEnd };
  }

  #pageFor(window: number): Page {
    const position = window >>> PAGE_BITS;
    this.#pages[position] ??= createPage(this.#times);
    return this.#pages[position];
  }
}

function isUnreachable({ answered, silent, silentAtTheEnd }: Answers, level: () => Level | undefined): boolean {
  if (answered === 0) return silent > 0;
  if (silentAtTheEnd >= UNREACHABLE_PROBES) return true;
  return silent >= CONFIRMED && answered <= FEW_ANSWERS && level() === undefined;
}

function createPage(times: WindowTimes): Page {
  const probes = PAGE_WINDOWS * PROBES;
  return {
    times: times.createPage(probes),
    transmitted: new Uint16Array(probes),
    received: new Uint16Array(probes),
    rtts: new Uint32Array(probes),
    jitters: new Uint32Array(probes),
    isTcp: new Uint8Array(probes),
    blocks: new Uint32Array(PAGE_WINDOWS * BLOCKS * BLOCK_FIELDS),
  };
}

function firstOf(window: number): number {
  return (window & (PAGE_WINDOWS - 1)) * PROBES;
}

function blockOf(window: number): number {
  return (window & (PAGE_WINDOWS - 1)) * BLOCKS * BLOCK_FIELDS;
}

/** Adds a probe that gives way to the newest block; a full block becomes the older one. */
function retire({ blocks }: Page, window: number, transmitted: number, received: number): void {
  if (transmitted === 0) return;
  const oldest = blockOf(window);
  const newest = oldest + (BLOCKS - 1) * BLOCK_FIELDS;
  if (blocks[newest] === BLOCK_PROBES) {
    blocks.copyWithin(oldest, oldest + BLOCK_FIELDS, newest + BLOCK_FIELDS);
    blocks.fill(0, newest, newest + BLOCK_FIELDS);
  }
  blocks[newest] = (blocks[newest] as number) + 1;
  blocks[newest + 1] = (blocks[newest + 1] as number) + transmitted;
  blocks[newest + 2] = (blocks[newest + 2] as number) + received;
}

/** A probe of n replies has n − 1 differences, of which its jitter is the mean. */
function jitterOf({ jitters, received }: Page, places: readonly number[]): number | undefined {
  let jitter: number | undefined;
  for (const place of places) {
    const measured = jitters[place] as number;
    if (measured === UNKNOWN) continue;
    const differences = Math.max(1, (received[place] as number) - 1);
    jitter = jitter === undefined ? measured : measured + (jitter - measured) * JITTER_KEPT ** differences;
  }
  return jitter === undefined ? undefined : Math.round(jitter);
}

function lossOf(
  page: Page,
  window: number,
  unreachable: boolean,
): Pick<ProbeSummary, 'lossPartsPerMillion' | 'samples'> {
  let transmitted = 0;
  let received = 0;
  const count = (moreTransmitted: number, moreReceived: number) => {
    if (transmitted >= LOSS_PINGS) return;
    transmitted += moreTransmitted;
    received += moreReceived;
  };
  const first = firstOf(window);
  for (let place = first + PROBES - 1; place >= first; place -= 1) {
    count(page.transmitted[place] as number, page.transmitted[place] === 0 ? 0 : (page.received[place] as number));
  }
  const oldest = blockOf(window);
  for (let block = oldest + (BLOCKS - 1) * BLOCK_FIELDS; block >= oldest; block -= BLOCK_FIELDS) {
    count(page.blocks[block + 1] as number, page.blocks[block + 2] as number);
  }
  if (transmitted === 0) return { lossPartsPerMillion: undefined, samples: 0 };
  const lost = Math.round((UNREACHABLE_PARTS_PER_MILLION * (transmitted - received)) / transmitted);
  const lossPartsPerMillion = unreachable
    ? UNREACHABLE_PARTS_PER_MILLION
    : Math.min(lost, UNREACHABLE_PARTS_PER_MILLION - 1);
  return { lossPartsPerMillion, samples: transmitted };
}

import { finish, type Pieces } from '#core/pieces.ts';

/** Changes come in bursts: they are gathered for this long. */
const GATHER_MS = 200;
/** Making takes at most this share of the time, so that answers to the scheduler do not wait behind it. */
const BUSY_SHARE = 0.1;
/** Measurements age also where nothing changes. */
const MAX_AGE_MS = 30_000;

/** A value that is dear to make: made anew soon after a change, in pieces between the requests that read the last one. */
export interface KeptCurrent<Value> {
  invalidate(): void;
  get(): Value;
  /** Age of the oldest change that the value does not hold yet, in seconds; 0 where it holds all. */
  behindSeconds(): number;
  stop(): void;
}

/** `make` is given the last value; what it makes holds the changes up to its first piece. `onMade` is called after each making but the first. */
export function keptCurrent<Value>(make: (last?: Value) => Pieces<Value>, onMade: () => void): KeptCurrent<Value> {
  let value = finish(make());
  /** Of the last making, all pieces together. */
  let tookMs = 0;
  /** Of the oldest change that is neither in the value nor in the one that is being made. */
  let changedAtMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let making: { pieces: Pieces<Value>; changedAtMs: number | undefined; tookMs: number } | undefined;
  let next: NodeJS.Immediate | undefined;

  function start(): void {
    clearTimeout(timer);
    timer = undefined;
    if (making) return;
    making = { pieces: make(value), changedAtMs, tookMs: 0 };
    changedAtMs = undefined;
    step();
  }

  function step(): void {
    if (!making) return;
    const startedAt = performance.now();
    const result = making.pieces.next();
    making.tookMs += performance.now() - startedAt;
    if (!result.done) {
      next = setImmediate(step);
      return;
    }
    value = result.value;
    tookMs = making.tookMs;
    making = undefined;
    if (changedAtMs !== undefined) plan();
    onMade();
  }

  function plan(): void {
    timer ??= setTimeout(start, Math.max(GATHER_MS, tookMs / BUSY_SHARE));
  }

  const ageing = setInterval(start, MAX_AGE_MS);
  return {
    invalidate: () => {
      changedAtMs ??= performance.now();
      if (!making) plan();
    },
    get: () => value,
    behindSeconds: () => {
      const sinceMs = making?.changedAtMs ?? changedAtMs;
      return sinceMs === undefined ? 0 : (performance.now() - sinceMs) / 1000;
    },
    stop: () => {
      clearInterval(ageing);
      clearTimeout(timer);
      clearImmediate(next);
      making = undefined;
    },
  };
}

/** Changes come in bursts: they are gathered for this long. */
const GATHER_MS = 200;
/** Making takes at most this share of the time, so that answers to the scheduler do not wait behind it. */
const BUSY_SHARE = 0.1;
/** Measurements age also where nothing changes. */
const MAX_AGE_MS = 30_000;

/** A value that is dear to make: made anew soon after a change, beside the requests that read the last one. */
export interface KeptCurrent<Value> {
  invalidate(): void;
  get(): Value;
  /** Age of the oldest change that the value does not hold yet, in seconds; 0 where it holds all. */
  behindSeconds(): number;
  stop(): void;
}

/** `onMade` is called after each making but the first. */
export function keptCurrent<Value>(make: () => Value, onMade: () => void): KeptCurrent<Value> {
  let value = make();
  let tookMs = 0;
  let waiting: { timer: NodeJS.Timeout; sinceMs: number } | undefined;

  function refresh(): void {
    clearTimeout(waiting?.timer);
    waiting = undefined;
    const startedAt = performance.now();
    value = make();
    tookMs = performance.now() - startedAt;
    onMade();
  }

  const ageing = setInterval(refresh, MAX_AGE_MS);
  return {
    invalidate: () => {
      waiting ??= {
        timer: setTimeout(refresh, Math.max(GATHER_MS, tookMs / BUSY_SHARE)),
        sinceMs: performance.now(),
      };
    },
    get: () => value,
    behindSeconds: () => (waiting === undefined ? 0 : (performance.now() - waiting.sinceMs) / 1000),
    stop: () => {
      clearInterval(ageing);
      clearTimeout(waiting?.timer);
    },
  };
}

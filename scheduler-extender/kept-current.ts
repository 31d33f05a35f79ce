/** Changes come in bursts: they are gathered for this long. */
const GATHER_MS = 200;
/** Making takes at most this share of the time, so that answers to the scheduler do not wait behind it. */
const BUSY_SHARE = 0.1;
/** Measurements age also where nothing changes. */
const MAX_AGE_MS = 30_000;

/** A value that is dear to make: made anew soon after a change, beside the requests that read the last one. */
export function keptCurrent<Value>(make: () => Value): { invalidate(): void; get(): Value; stop(): void } {
  let value = make();
  let tookMs = 0;
  let timer: NodeJS.Timeout | undefined;

  function refresh(): void {
    timer = undefined;
    const startedAt = performance.now();
    value = make();
    tookMs = performance.now() - startedAt;
  }

  const ageing = setInterval(refresh, MAX_AGE_MS);
  return {
    invalidate: () => {
      timer ??= setTimeout(refresh, Math.max(GATHER_MS, tookMs / BUSY_SHARE));
    },
    get: () => value,
    stop: () => {
      clearInterval(ageing);
      clearTimeout(timer);
    },
  };
}

/** The leading and the trailing share of the bindings that the rate leaves out: warm-up, and the queue running dry. */
const LEFT_OUT = 0.1;

/**
 * Pods bound per second over the middle 80 % of the bindings, from the times at which they were seen. NaN for fewer
 * than ten.
 */
export function bindingRate(boundAtMs: readonly number[]): number {
  if (boundAtMs.length < 10) return Number.NaN;
  const times = boundAtMs.toSorted((a, b) => a - b);
  const first = Math.floor(times.length * LEFT_OUT);
  const last = times.length - 1 - first;
  return ((last - first) / ((times[last] ?? 0) - (times[first] ?? 0))) * 1000;
}

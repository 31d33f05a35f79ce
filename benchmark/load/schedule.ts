import { createRandom } from '#core/random.ts';

/**
 * Send times of an open-loop load, in ms from its start: a Poisson process at `requestsPerSecond` for `seconds`. The same
 * seed gives the same times, so that two arms get the same load.
 */
export function arrivalTimes(requestsPerSecond: number, seconds: number, seed: number): number[] {
  const random = createRandom(seed);
  const times: number[] = [];
  for (let timeMs = gap(); timeMs < seconds * 1000; timeMs += gap()) times.push(timeMs);
  return times;

  function gap(): number {
    return (-Math.log(1 - random()) * 1000) / requestsPerSecond;
  }
}

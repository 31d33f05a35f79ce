import type { RttSample } from '#core/coordinates/node-links.ts';
import { median } from '#core/statistics.ts';

/** The median of the samples from each zone to each; `zones` is by node. Undefined where a pair of zones has no sample. */
export function zoneMedians(
  samples: readonly RttSample[],
  zones: readonly string[],
): (origin: number, destination: number) => number | undefined {
  const keyOf = (origin: number, destination: number) => `${zones[origin]}\n${zones[destination]}`;
  const groups = Map.groupBy(samples, ({ origin, destination }) => keyOf(origin, destination));
  const medians = new Map(
    [...groups].map(([key, members]) => [key, median(members.map(({ rttMicroseconds }) => rttMicroseconds))]),
  );
  return (origin, destination) => medians.get(keyOf(origin, destination));
}

import type { LinkMaxima, ZonePair } from '#core/api/network-topology.ts';
import type { Pieces } from '#core/pieces.ts';
import { quantile } from '#core/statistics.ts';
import { type LinkReading, valuesOf } from '#core/topology/measured-links.ts';

type Metric = keyof LinkMaxima;

/** The share of links that the maximum covers, whatever their zones. */
const COVERED = 0.95;
/** A zone pair may raise the maximum to this many times what covers most links, and no further. */
const ZONE_PAIR_CAP = 20;
/** Below these, differences do not matter to an application and are not stretched over the whole cost range. */
const FLOOR: LinkMaxima = { rttMicroseconds: 500, bandwidthBitsPerSecond: 1_000_000, lossPartsPerMillion: 10_000 };

/**
 * What counts as cost 1 for each metric. Robust: the 95th percentile of all links, raised to the largest median of a
 * zone pair (a small far zone must not vanish in the percentile), but at most 20 times. One absurd link moves neither.
 */
export function* robustMaxima(readings: readonly LinkReading[], zones: readonly ZonePair[]): Pieces<LinkMaxima> {
  const reachable = readings.filter(({ unreachable }) => !unreachable);
  yield;
  const maximum = (metric: Metric): number => {
    const covering = quantile(valuesOf(reachable, metric), COVERED);
    if (covering === undefined) return FLOOR[metric];
    const worstPair = Math.max(0, ...zones.map((pair) => pair[metric] ?? 0));
    const base = Math.max(covering, FLOOR[metric]);
    return Math.round(Math.max(base, Math.min(worstPair, ZONE_PAIR_CAP * base)));
  };
  const rttMicroseconds = maximum('rttMicroseconds');
  yield;
  const bandwidthBitsPerSecond = maximum('bandwidthBitsPerSecond');
  yield;
  return { rttMicroseconds, bandwidthBitsPerSecond, lossPartsPerMillion: maximum('lossPartsPerMillion') };
}

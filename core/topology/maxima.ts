import type { LinkMaxima, ZonePair } from '#core/api/network-topology.ts';
import type { Pieces } from '#core/pieces.ts';
import { quantile } from '#core/statistics.ts';
import { STATE } from '#core/topology/link-row.ts';
import type { LinkRows } from '#core/topology/link-rows.ts';
import { usableValue } from '#core/topology/usable-value.ts';

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
export function* robustMaxima(rows: LinkRows, zones: readonly ZonePair[]): Pieces<LinkMaxima> {
  const maxima = { ...FLOOR };
  for (const metric of METRICS) {
    const covering = quantile(yield* reachableValues(rows, metric), COVERED);
    yield;
    if (covering === undefined) continue;
    const worstPair = zones.reduce((worst, pair) => Math.max(worst, pair[metric] ?? 0), 0);
    const base = Math.max(covering, FLOOR[metric]);
    maxima[metric] = Math.round(Math.max(base, Math.min(worstPair, ZONE_PAIR_CAP * base)));
  }
  return maxima;
}

const METRICS = ['rttMicroseconds', 'bandwidthBitsPerSecond', 'lossPartsPerMillion'] as const;
/** After so many rows comes the next piece. */
const ROWS_AT_ONCE = 500;

function* reachableValues(rows: LinkRows, metric: Metric): Pieces<number[]> {
  const values: number[] = [];
  for (let origin = 0; origin < rows.nodes.length; origin++) {
    if (origin % ROWS_AT_ONCE === 0) yield;
    const row = rows.row(origin);
    if (row === undefined) continue;
    for (let link = 0; link < row.to.length; link++) {
      const state = row.states[link] as number;
      const value = (state & STATE.unreachable) === 0 ? usableValue(row, link, metric) : Number.NaN;
      if (!Number.isNaN(value)) values.push(value);
    }
  }
  return values;
}

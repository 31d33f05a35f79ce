import { mean } from '#core/statistics.ts';

/** Two-sided 95 % quantiles of Student's t for 1, 2, … degrees of freedom. */
const T_95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131];
const T_95_MANY = 2.131;

/** Mean of paired differences with its 95 % confidence interval; a negative one says that the second is smaller. */
export interface PairedDifference {
  mean: number;
  low: number;
  high: number;
  pairs: number;
}

/**
 * `second[i] − first[i]`, a pair for each repeat, with Student's t interval. Undefined with fewer than two pairs, where
 * there is no interval.
 */
export function pairedDifference(first: readonly number[], second: readonly number[]): PairedDifference | undefined {
  const differences = second.map((value, index) => value - (first[index] ?? Number.NaN));
  const centre = mean(differences);
  const pairs = differences.length;
  if (centre === undefined || pairs < 2) return undefined;
  const variance = differences.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (pairs - 1);
  const halfWidth = (T_95[pairs - 2] ?? T_95_MANY) * Math.sqrt(variance / pairs);
  return { mean: centre, low: centre - halfWidth, high: centre + halfWidth, pairs };
}

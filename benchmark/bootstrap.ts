import { createRandom } from '#core/random.ts';
import { mean, quantile } from '#core/statistics.ts';

export interface Interval {
  mean: number;
  /** Of the 95 % interval. */
  low: number;
  high: number;
}

const RESAMPLES = 2000;

/** The mean with its bootstrap interval (percentiles of resampled means; Efron and Tibshirani, 1993). Undefined for no values. */
export function bootstrapMean(values: readonly number[], seed = 1): Interval | undefined {
  const centre = mean(values);
  if (centre === undefined) return undefined;
  const random = createRandom(seed);
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw++) sum += values[Math.floor(random() * values.length)] as number;
    return sum / values.length;
  });
  return { mean: centre, low: quantile(means, 0.025) ?? centre, high: quantile(means, 0.975) ?? centre };
}

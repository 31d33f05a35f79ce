import type { Measure, Traffic } from '#core/appgroup/discover/traffic.ts';

/** The largest weight: three digits are more than a load keeps from one day to the next. */
export const LARGEST_WEIGHT = 1000;

/** Traffic with how much it counts, in units of the measure that is weighed by. */
export interface WeighedTraffic extends Traffic {
  amount: number;
  /** True where it was not counted itself but reckoned from the other measure. */
  isReckoned: boolean;
}

export interface Weighed {
  traffic: WeighedTraffic[];
  /** What the amounts are. */
  measure: Measure;
  /** Units of `measure` for one unit of the other; undefined where nothing was counted in both. */
  ratio?: number;
}

/**
 * How much each pair's traffic counts, by `measure`. What was counted only by the other measure (TCP has no requests) is
 * reckoned with the ratio of the two over all traffic that was counted by both; where there is no such, it counts as the least
 * of all. Where nothing was counted by `measure`, all is weighed by the other.
 */
export function weighTraffic(live: readonly Traffic[], measure: Measure, other: Measure): Weighed {
  const of = (wanted: Measure, traffic: readonly Traffic[]) =>
    traffic.reduce((total, { amounts }) => total + (amounts[wanted] ?? 0), 0);
  if (of(measure, live) === 0) {
    return {
      traffic: live.map((traffic) => ({ ...traffic, amount: traffic.amounts[other] ?? 0, isReckoned: false })),
      measure: other,
    };
  }
  const both = live.filter(({ amounts }) => (amounts[measure] ?? 0) > 0 && (amounts[other] ?? 0) > 0);
  const ratio = both.length === 0 ? undefined : of(measure, both) / of(other, both);
  const traffic = live.map((pair): WeighedTraffic => {
    const counted = pair.amounts[measure] ?? 0;
    if (counted > 0) return { ...pair, amount: counted, isReckoned: false };
    return { ...pair, amount: (pair.amounts[other] ?? 0) * (ratio ?? 0), isReckoned: true };
  });
  return { traffic, measure, ...(ratio === undefined ? {} : { ratio }) };
}

/** Weights in the proportions of the amounts: whole numbers, the largest LARGEST_WEIGHT, none below 1. */
export function weightsOf(amounts: readonly number[]): number[] {
  const largest = Math.max(...amounts);
  return amounts.map((amount) => (largest > 0 ? Math.max(1, Math.round((amount / largest) * LARGEST_WEIGHT)) : 1));
}

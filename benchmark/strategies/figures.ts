import type { Figures } from '#benchmark/goals.ts';
import { mean } from '#core/statistics.ts';
import { ARMS, type ArmName } from './place-app.ts';
import type { StrategiesResult } from './result.ts';

/** Costs of an arm divided by the default's in the same case. */
export function ratiosOf({ cases }: StrategiesResult, arm: ArmName): number[] {
  return cases.map(({ cost }) => cost[arm] / cost.default);
}

/** Of each arm the mean of these ratios. */
export function figuresOf(result: StrategiesResult): Figures {
  return new Map(ARMS.map((arm) => [`${arm} / default, mean`, mean(ratiosOf(result, arm)) ?? Number.NaN]));
}

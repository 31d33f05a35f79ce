import { median } from '#core/statistics.ts';
import type { ArmName } from './arms.ts';
import type { Run } from './result.ts';

export interface Spread {
  median: number;
  least: number;
  most: number;
  count: number;
}

/** Median and range; undefined where there is nothing. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const middle = median(values);
  if (middle === undefined) return undefined;
  return { median: middle, least: Math.min(...values), most: Math.max(...values), count: values.length };
}

/** The runs that count, of one arm at one size. */
export function runsOf(runs: readonly Run[], nodes: number, arm: ArmName): Run[] {
  return runs.filter((run) => run.nodes === nodes && run.arm === arm && run.invalid === undefined);
}

/** Pods/s of an arm divided by the baseline's of the same round; rounds in which either does not count are left out. */
export function pairedRatio(runs: readonly Run[], nodes: number, arm: ArmName, baseline: ArmName): Spread | undefined {
  const byRound = new Map(runsOf(runs, nodes, baseline).map(({ round, podsPerSecond }) => [round, podsPerSecond]));
  return spreadOf(
    runsOf(runs, nodes, arm).flatMap(({ round, podsPerSecond }) => {
      const other = byRound.get(round);
      return other === undefined ? [] : [podsPerSecond / other];
    }),
  );
}

/** The order of the arms in a round: each comes first, second, … equally often. */
export function rotated<T>(arms: readonly T[], round: number): T[] {
  const shift = round % arms.length;
  return [...arms.slice(shift), ...arms.slice(0, shift)];
}

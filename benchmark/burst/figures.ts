import type { Figures } from '#benchmark/goals.ts';
import { median } from '#core/statistics.ts';
import type { BurstResult } from './result.ts';
import { WAY_NAMES } from './run-bursts.ts';

/** Placement costs of pods that come all at once beside those of pods that come one at a time. */
export function figuresOf({ runs }: BurstResult): Figures {
  const [burst, single, byDefault] = WAY_NAMES.map(
    (way) => median(runs.filter((run) => run.way === way).map(({ placementCost }) => placementCost)) ?? Number.NaN,
  ) as [number, number, number];
  return new Map([
    ['all at once / kube-scheduler as it comes', burst / byDefault],
    ['all at once less one at a time', burst - single],
  ]);
}

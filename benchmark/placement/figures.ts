import type { Figures } from '#benchmark/goals.ts';
import { mean, quantile } from '#core/statistics.ts';
import { comparable, leftOut, toDefault, toOptimum, worstTenth } from './ratios.ts';
import type { PlacementResult, SpeedRun } from './result.ts';

/** What goals are set for. */
export function figuresOf({ cases, speed }: PlacementResult): Figures {
  const ratios = toOptimum(cases, 'planned');
  const zoned = cases.filter(({ kind }) => kind === 'zoned');
  const figures: [string, number | undefined][] = [
    ['cases with a proven optimum', comparable(cases).length],
    ['planned / optimum, mean', mean(ratios)],
    ['planned / optimum, mean of the worst tenth', mean(worstTenth(ratios))],
    ['planned / default on zoned networks, mean', mean(toDefault(zoned))],
    ['cases in which planned leaves out a pod that has a place', leftOut(cases, 'planned')],
    ...[...Map.groupBy(speed, nameOf)].map(([name, runs]): [string, number | undefined] => {
      const cold = runs.filter(({ matrix }) => matrix === 'cold').map(({ milliseconds }) => milliseconds);
      return [`${name}: ms, p90`, quantile(cold, 0.9)];
    }),
  ];
  return new Map(figures.filter((figure): figure is [string, number] => figure[1] !== undefined));
}

/** "11 workloads × 3 on 100 nodes" */
export function nameOf({ workloads, replicas, nodes }: SpeedRun): string {
  return `${workloads} workloads × ${replicas} on ${nodes} nodes`;
}

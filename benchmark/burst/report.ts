import { describeGoals } from '#benchmark/goals.ts';
import { describeMachine } from '#benchmark/machine.ts';
import { median } from '#core/statistics.ts';
import { figuresOf } from './figures.ts';
import type { BurstResult } from './result.ts';
import { describeWay, WAY_NAMES } from './run-bursts.ts';

/** The result as Markdown. */
export function describeResult(result: BurstResult): string {
  const { machine, startedAt, command, kubernetes, nodes, pods, runs } = result;
  const rows = WAY_NAMES.map((way) => {
    const costs = runs.filter((run) => run.way === way).map(({ placementCost }) => placementCost);
    const figures = [median(costs) ?? Number.NaN, Math.min(...costs), Math.max(...costs)].map((cost) =>
      cost.toFixed(3),
    );
    return `| ${describeWay(way)} | ${figures[0]} (${figures[1]}–${figures[2]}) |`;
  });
  return [
    `Measured ${startedAt.slice(0, 10)} with \`${command}\` on ${describeMachine(machine)}, kube-scheduler ${kubernetes}: ${pods} pods of ` +
      `one group on ${nodes} nodes; network cost, median and range of ${runs.length / WAY_NAMES.length} rounds.`,
    ['| the pods come | placement cost |', '| --- | --- |', ...rows].join('\n'),
    describeGoals('burst-bench', figuresOf(result)),
  ].join('\n\n');
}

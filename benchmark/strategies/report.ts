import { describeGoals } from '#benchmark/goals.ts';
import { describeMachine } from '#benchmark/machine.ts';
import { mean, quantile } from '#core/statistics.ts';
import { figuresOf, ratiosOf } from './figures.ts';
import { ARMS } from './place-app.ts';
import type { StrategiesResult } from './result.ts';

/** The result as Markdown. */
export function describeResult(result: StrategiesResult): string {
  const { machine, startedAt, command, cases, app } = result;
  const rows = ARMS.map((arm) => {
    const costs = cases.map(({ cost }) => cost[arm]);
    const figures = [mean(costs), quantile(costs, 0.5), quantile(costs, 0.9), mean(ratiosOf(result, arm))];
    return `| ${[arm, ...figures.map((figure) => (figure ?? Number.NaN).toFixed(3))].join(' | ')} |`;
  });
  return [
    `Measured ${startedAt.slice(0, 10)} with \`${command}\` on ${describeMachine(machine)}; ${app}, ${cases.length} networks.`,
    ['| strategy | mean | median | p90 | cost / default, mean |', '| --- | --- | --- | --- | --- |', ...rows].join(
      '\n',
    ),
    describeGoals('strategies-bench', figuresOf(result)),
  ].join('\n\n');
}

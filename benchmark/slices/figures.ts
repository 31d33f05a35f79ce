import type { Figures } from '#benchmark/goals.ts';
import type { SlicesResult } from './result.ts';

/** What goals are set for. */
export function figuresOf({ sizes, writes }: SlicesResult): Figures {
  const step = writes.flatMap((run) => run.step ?? []);
  const falls = writes.flatMap((run) => (run.scenario === 'fall' ? (run.step ?? []) : []));
  return new Map([
    ['largest slice, bytes', Math.max(...sizes.map(({ slices }) => slices.largestBytes))],
    ...writes.map(({ nodes, scenario, perNodeAndHour }): [string, number] => [
      `${nodes} nodes, ${scenario}: writes per node and hour`,
      perNodeAndHour,
    ]),
    ['slices that did not tell a step', step.reduce((sum, { slices, told }) => sum + slices - told, 0)],
    [
      'intervals until the slowest told a step of 40 to 5 ms',
      Math.max(...falls.map(({ slowestIntervals }) => slowestIntervals)),
    ],
  ]);
}

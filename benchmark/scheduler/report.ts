import { describeGoals } from '#benchmark/goals.ts';
import { describeMachine } from '#benchmark/machine.ts';
import { ARMS, type ArmName, isCurrentRelease } from './arms.ts';
import { pairedRatio, runsOf, type Spread, spreadOf } from './compare.ts';
import { figuresOf } from './figures.ts';
import type { BenchResult, Run } from './result.ts';

/** The result as Markdown: the machine, a table for each size, the goals. */
export function describeResult(result: BenchResult): string {
  const { machine, settings, runs, startedAt, command } = result;
  const sizes = [...new Set(runs.map(({ nodes }) => nodes))];
  return [
    `Measured ${startedAt.slice(0, 10)} with \`${command}\` on ${describeMachine(machine)}, ` +
      `kube-apiserver ${machine.apiServer}, kube-scheduler ${machine.scheduler}. ${settings.pods} pods a run, ${settings.replicas} replicas of each workload, ` +
      `${settings.rounds} rounds, seed ${settings.seed}.`,
    ...sizes.map((nodes) => sizeTable(runs, nodes)),
    describeGoals('scheduler-bench', figuresOf(result)),
  ].join('\n\n');
}

function sizeTable(runs: readonly Run[], nodes: number): string {
  const arms = [...new Set(runs.filter((run) => run.nodes === nodes).map(({ arm }) => arm))];
  return [
    `### ${nodes.toLocaleString('en')} nodes`,
    '',
    '| Arm | pods/s | of plain | placement cost | CPU ms per pod: scheduler, extender, machine | runs that count |',
    '| --- | --- | --- | --- | --- | --- |',
    ...arms.map((arm) => `| ${armCells(runs, nodes, arm).join(' | ')} |`),
    ...invalidRuns(runs, nodes),
  ].join('\n');
}

function armCells(runs: readonly Run[], nodes: number, arm: ArmName): string[] {
  const baseline = isCurrentRelease(arm) ? 'plain-current' : 'plain';
  const counted = runsOf(runs, nodes, arm);
  const all = runs.filter((run) => run.nodes === nodes && run.arm === arm);
  const of = (figure: (run: Run) => number) => spreadOf(counted.map(figure));
  const cpu = (['scheduler', 'extender', 'machine'] as const).map((part) =>
    middle(
      of(({ cpuMsPerPod }) => cpuMsPerPod[part]),
      1,
    ),
  );
  return [
    `${arm}: ${ARMS[arm].description}`,
    withRange(
      of(({ podsPerSecond }) => podsPerSecond),
      0,
    ),
    arm === baseline ? '1' : withRange(pairedRatio(runs, nodes, arm, baseline), 2),
    withRange(
      of(({ placementCost }) => placementCost),
      3,
    ),
    cpu.join(', '),
    `${counted.length} of ${all.length}`,
  ];
}

function invalidRuns(runs: readonly Run[], nodes: number): string[] {
  return runs
    .filter((run) => run.nodes === nodes && run.invalid !== undefined)
    .map(({ arm, round, invalid }) => `\nDoes not count: ${arm}, round ${round + 1}: ${invalid}.`);
}

function withRange(spread: Spread | undefined, digits: number): string {
  if (spread === undefined) return '–';
  return `${middle(spread, digits)} (${spread.least.toFixed(digits)}–${spread.most.toFixed(digits)})`;
}

function middle(spread: Spread | undefined, digits: number): string {
  return spread === undefined ? '–' : spread.median.toFixed(digits);
}

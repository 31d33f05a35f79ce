import { describeGoals } from '#benchmark/goals.ts';
import { describeMachine } from '#benchmark/machine.ts';
import { markdownTable } from '#benchmark/markdown-table.ts';
import { figuresOf } from './figures.ts';
import type { CycleRun, PlanResult, PlanRun } from './result.ts';

/** The result as Markdown: plans, cycles of bandwidth tests, the goals. */
export function describeResult(result: PlanResult): string {
  const { startedAt, command, machine, settings, plans, cycles } = result;
  return [
    `Measured ${startedAt.slice(0, 10)} with \`${command}\` on ${describeMachine(machine)}; ${settings.draws} draws of ` +
      'nodes, a quarter of them beyond 1,000 nodes. Only the times of planning depend on the machine.',
    '### Who probes whom',
    markdownTable(
      [
        'nodes',
        'peers',
        'links of a turn',
        'a node is probed by',
        'every pair within, told',
        'found',
        'new peers of others when a node comes: median (most)',
        'when one goes',
        'of all links',
        'ms of a plan',
      ],
      plans.map(planCells),
    ).join('\n'),
    '### A cycle of bandwidth tests, 100 nodes',
    markdownTable(
      ['plan', 'pairs', 'tests until every pair had one', 'cycle', 'as the plan tells it'],
      cycles.map((run) => cycleCells(run, settings.hours)),
    ).join('\n'),
    describeGoals('plan-bench', figuresOf(result)),
  ].join('\n\n');
}

function planCells(run: PlanRun): string[] {
  const { nodes, peersPerNode, links, probedBy, coverageSeconds, coveredSeconds, newPeers, milliseconds } = run;
  const { comes, goes } = newPeers;
  const share = (100 * Math.max(comes.median, goes.median)) / links;
  return [
    ...[nodes, peersPerNode, links].map((count) => count.toLocaleString('en')),
    probedBy.least === probedBy.most ? String(probedBy.least) : `${probedBy.least} to ${probedBy.most}`,
    duration(coverageSeconds),
    coveredSeconds === undefined ? '–' : duration(coveredSeconds),
    ...[comes, goes].map(({ median, most }) => `${median} (${most})`),
    `${share.toPrecision(2)} %`,
    `${milliseconds.median.toFixed(1)} (${milliseconds.most.toFixed(1)})`,
  ];
}

function cycleCells({ name, pairs, untested, tests, seconds, toldSeconds }: CycleRun, hours: number): string[] {
  const took = seconds === undefined ? `not within ${hours} h: ${untested} pairs left` : duration(seconds);
  return [name, ...[pairs, tests].map((count) => count.toLocaleString('en')), took, duration(toldSeconds)];
}

/** "15 s", "4.3 h", "5.3 days" */
function duration(seconds: number): string {
  if (seconds < 3600) return `${Math.round(seconds)} s`;
  const hours = seconds / 3600;
  return hours < 48 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} days`;
}

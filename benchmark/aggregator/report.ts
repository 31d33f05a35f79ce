import { describeGoals } from '#benchmark/goals.ts';
import { describeMachine } from '#benchmark/machine.ts';
import { markdownTable } from '#benchmark/markdown-table.ts';
import { figuresOf } from './figures.ts';
import type { AggregatorResult, FreshnessResult, GrowthResult, SizeResult, Times } from './result.ts';

/** The result as Markdown: reports as fast as they go, memory, an hour of reports, how soon a step is seen, the goals. */
export function describeResult(result: AggregatorResult): string {
  const { machine, settings, startedAt, command } = result;
  return [
    `Measured ${startedAt.slice(0, 10)} with \`${command}\` on ${describeMachine(machine)}; seed ${settings.seed}.`,
    sizeSection(result.sizes),
    growthSection(result.growth),
    freshnessSection(result.freshness),
    describeGoals('aggregator-bench', figuresOf(result)),
  ].join('\n\n');
}

function sizeSection(sizes: readonly SizeResult[]): string {
  const rows = sizes.map(({ nodes, links, load, memory }) => [
    nodes,
    links,
    load.samples,
    load.samplesPerSecond.toFixed(0),
    load.samplesPerCpuSecond.toFixed(0),
    memory.residentMB.toFixed(0),
    memory.heapMB.toFixed(0),
    memory.externalMB.toFixed(0),
    load.failedReports,
  ]);
  const head = [
    'nodes',
    'links',
    'samples',
    'samples/s',
    'samples/CPU s',
    'resident MB',
    'heap MB',
    'external MB',
    'failed',
  ];
  return ['### Reports as fast as they are taken, until all windows are full', '', ...markdownTable(head, rows)].join(
    '\n',
  );
}

function growthSection({ nodes, seconds, load, quarters }: GrowthResult): string {
  const rows = quarters.map((memory, index) => [
    index + 1,
    memory.residentMB.toFixed(0),
    memory.heapMB.toFixed(0),
    memory.externalMB.toFixed(0),
  ]);
  return [
    `### ${seconds / 60} minutes of reports of ${nodes} nodes, one right after the other`,
    '',
    ...markdownTable(['after quarter', 'resident MB', 'heap MB', 'external MB'], rows),
    '',
    `${load.samples} samples, ${load.samplesPerSecond.toFixed(0)}/s and ${load.samplesPerCpuSecond.toFixed(0)} per CPU second; ` +
      `${load.failedReports} reports failed.`,
  ].join('\n');
}

function freshnessSection({ nodes, toSlice, toAnswer, missed, writesPerSecond }: FreshnessResult): string {
  const row = (name: string, { count, p50Ms, p99Ms, maxMs }: Times) => [
    name,
    count,
    ...[p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(0)),
  ];
  return [
    `### From the report that confirms a step to where it is seen, ${nodes} nodes reporting at their interval`,
    '',
    ...markdownTable(
      ['', 'steps', 'p50 ms', 'p99 ms', 'longest ms'],
      [row('slice', toSlice), row("extender's answer", toAnswer)],
    ),
    '',
    `${missed} steps were not seen within 10 s. Writes to the API server: ${writesPerSecond.quiet.toFixed(1)}/s in the quiet ` +
      `network, ${writesPerSecond.stepping.toFixed(1)}/s where each link steps once an hour.`,
  ].join('\n');
}

import { describeGoals } from '#benchmark/goals.ts';
import { describeMachine } from '#benchmark/machine.ts';
import { markdownTable } from '#benchmark/markdown-table.ts';
import { figuresOf } from './figures.ts';
import { REASONS, type SizeRun, type SlicesResult, type WritesRun } from './result.ts';

/** The result as Markdown: sizes, writes, the goals. */
export function describeResult(result: SlicesResult): string {
  const { startedAt, command, machine, settings, sizes, writes } = result;
  return [
    `Measured ${startedAt.slice(0, 10)} with \`${command}\` on ${describeMachine(machine)}; seed ${settings.seed}. Figures do not depend on ` +
      'the machine.',
    '### Sizes as stored',
    markdownTable(
      [
        'nodes',
        'peers',
        'links',
        'a slice: mean',
        'largest',
        'all slices',
        'one object for all',
        'an object per link',
        'all of them',
      ],
      sizes.map(sizeCells),
    ).join('\n'),
    `### Writes of slices, ${settings.peers} peers`,
    markdownTable(
      ['nodes', 'network', 'per node and hour', 'per minute, all nodes', ...REASONS.map((reason) => `for ${reason}`)],
      writes.map(writeCells),
    ).join('\n'),
    stepLines(writes),
    describeGoals('slices-bench', figuresOf(result)),
  ].join('\n\n');
}

function sizeCells({ nodes, peers, links, slices, single, perPair }: SizeRun): string[] {
  return [
    ...[nodes, peers, links].map((count) => count.toLocaleString('en')),
    ...[slices.meanBytes, slices.largestBytes, slices.totalBytes, single.totalBytes, perPair.meanBytes].map(bytes),
    `${bytes(perPair.totalBytes)} in ${perPair.objects.toLocaleString('en')}`,
  ];
}

/** Reasons as writes per node and hour. */
function writeCells({ nodes, scenario, perNodeAndHour, perMinute, writes, reporting, minutes }: WritesRun): string[] {
  const reasons = REASONS.map((reason) => ((60 * writes[reason]) / (reporting * minutes)).toFixed(2));
  return [nodes.toLocaleString('en'), scenario, perNodeAndHour.toFixed(2), perMinute.toFixed(1), ...reasons];
}

function stepLines(writes: readonly WritesRun[]): string {
  return writes
    .flatMap(({ nodes, scenario, step }) => {
      if (step === undefined) return [];
      const { slices, told, medianIntervals, slowestIntervals } = step;
      return `- The ${scenario} at ${nodes} nodes: ${told} of ${slices} slices told it, half of them within ${medianIntervals} probe intervals, the slowest after ${slowestIntervals}.`;
    })
    .join('\n');
}

function bytes(count: number): string {
  if (count < 10_000) return `${Math.round(count)} B`;
  return count < 1e6 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

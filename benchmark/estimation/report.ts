import { describeGoals } from '#benchmark/goals.ts';
import { describeMachine } from '#benchmark/machine.ts';
import { markdownTable } from '#benchmark/markdown-table.ts';
import { figuresOf, probesOf, runsOf, spreadOf } from './figures.ts';
import { type EstimationResult, METHODS } from './result.ts';
import { SECONDS_PER_ROUND, TURN_SECONDS } from './stability.ts';

/** The result as Markdown: errors on PlanetLab and on zoned networks, time, how much coordinates move, the goals. */
export function describeResult(result: EstimationResult): string {
  const { machine, settings, startedAt, command } = result;
  return [
    `Measured ${startedAt.slice(0, 10)} with \`${command}\` on ${describeMachine(machine)}; seeds ${settings.seeds.join(', ')}` +
      `${settings.planetLab ? '' : '; without PlanetLab, whose data was not given (`--planetlab`)'}.`,
    ...(settings.planetLab ? [planetLabSection(result)] : []),
    zonedSection(result),
    speedSection(result),
    stabilitySection(result),
    describeGoals('estimation-bench', figuresOf(result)),
  ].join('\n\n');
}

function planetLabSection({ accuracy }: EstimationResult): string {
  const rows = probesOf(accuracy).flatMap((probes) =>
    (['coordinates', 'serf'] as const).map((method) => {
      const runs = runsOf(accuracy, method, probes, 'all');
      return [String(probes), method, spreadOf(runs.map(({ median }) => median)), spreadOf(runs.map(({ p90 }) => p90))];
    }),
  );
  const slices = new Set(accuracy.filter(({ links }) => links === 'all').map(({ network }) => network)).size;
  return [
    '### PlanetLab, 490 nodes',
    '',
    `Relative error of links of which neither direction was probed, median over ${slices} slices and all seeds (the worst).`,
    '',
    ...markdownTable(['probes per node', 'method', 'median', 'p90'], rows),
  ].join('\n');
}

function zonedSection({ accuracy }: EstimationResult): string {
  const zoned = accuracy.filter(({ links }) => links !== 'all');
  const rows = [...new Set(zoned.map(({ network }) => network))].flatMap((network) =>
    probesOf(zoned).flatMap((probes) =>
      METHODS.map((method) => [
        network,
        String(probes),
        method,
        ...(['within zones', 'between zones'] as const).flatMap((links) => {
          const runs = runsOf(zoned, method, probes, links).filter((run) => run.network === network);
          return [spreadOf(runs.map(({ median }) => median)), spreadOf(runs.map(({ p90 }) => p90))];
        }),
      ]),
    ),
  );
  return [
    '### Zoned networks',
    '',
    'The same, for links within a zone and between two.',
    '',
    ...markdownTable(
      ['network', 'probes', 'method', 'within: median', 'within: p90', 'between: median', 'between: p90'],
      rows,
    ),
  ].join('\n');
}

function speedSection({ speed }: EstimationResult): string {
  const rows = speed.map(({ nodes, probes, start, milliseconds, longestPieceMs, memoryMiB }) => [
    String(nodes),
    String(probes),
    start,
    milliseconds.toFixed(0),
    longestPieceMs.toFixed(1),
    memoryMiB.toFixed(0),
  ]);
  return [
    '### Time of a solve',
    '',
    ...markdownTable(['nodes', 'probes', 'start', 'ms', 'longest piece, ms', 'MiB'], rows),
  ].join('\n');
}

function stabilitySection({ stability }: EstimationResult): string {
  const rows = stability.map((run) => [
    run.network,
    String(run.probes),
    `${(100 * run.jitter).toFixed(0)} %`,
    `${(100 * run.movedMedian).toFixed(2)} % (${(100 * run.movedP99).toFixed(1)} %)`,
    run.publishedPerNodeAndHourQuiet.toFixed(2),
    run.publishedPerNodeAndHourTurning.toFixed(2),
  ]);
  const header = ['network', 'probes', 'jitter', 'an estimate moves by', 'peers stay', 'peers take turns'];
  return [
    '### A quiet network',
    '',
    `How much an estimate moves from one solve to the next, ${SECONDS_PER_ROUND} s later, median (99 of 100), and how often a node has a ` +
      `coordinate published in an hour: while its peers stay the same, and while they take turns every ${TURN_SECONDS} s.`,
    '',
    ...markdownTable(header, rows),
  ].join('\n');
}

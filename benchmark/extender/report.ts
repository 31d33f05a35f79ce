import { describeGoals } from '#benchmark/goals.ts';
import { describeMachine } from '#benchmark/machine.ts';
import { markdownTable } from '#benchmark/markdown-table.ts';
import { figuresOf, growthOf } from './figures.ts';
import { CALL_NAMES, type ExtenderResult } from './result.ts';

/** The result as Markdown; `plot` is the address of the picture, seen from the page. */
export function describeResult(result: ExtenderResult, plot: string): string {
  const { machine, settings, startedAt, command } = result;
  return [
    `Measured ${startedAt.slice(0, 10)} with \`${command}\` on ${describeMachine(machine)}; ${settings.runs} runs of ` +
      `${settings.calls} calls each.`,
    latencySection(result),
    `![Median time of a call over the number of nodes](${plot})`,
    changeSection(result),
    describeGoals('extender-bench', figuresOf(result)),
  ].join('\n\n');
}

function latencySection(result: ExtenderResult): string {
  const { latencies, memory, settings } = result;
  const rows = settings.nodes.map((count) => {
    const cells = CALL_NAMES.map((name) => {
      const found = latencies.find(({ nodes, call }) => nodes === count && call === name);
      return found === undefined
        ? '–'
        : `${found.p50Ms.toFixed(2)} (${found.p99Ms.toFixed(2)}); ${found.cpuMs.toFixed(2)}`;
    });
    const kept = memory.find(({ nodes }) => nodes === count);
    return [String(count), ...cells, kept ? `${kept.heapMiB.toFixed(0)} + ${kept.arraysMiB.toFixed(0)}` : '–'];
  });
  const growth = CALL_NAMES.map((call) => growthOf(result, call)?.toFixed(2) ?? '–');
  return [
    '### Time of a call',
    '',
    'Milliseconds, p50 (p99); CPU time of the process, mean. Memory in MiB, heap + arrays of numbers, after garbage collection.',
    '',
    ...markdownTable(['nodes', ...CALL_NAMES, 'memory'], rows),
    '',
    `Time per node at 10,000 nodes divided by that at 1,000, p50: ${CALL_NAMES.map((call, at) => `${call} ${growth[at]}`).join(', ')}.`,
  ].join('\n');
}

function changeSection({ underChange, settings }: ExtenderResult): string {
  const rows = underChange.map(
    ({ nodes, slicesPerSecond, linksPerSlice, delay, firstListDelay, cpuShare, calls, seen }) => [
      String(nodes),
      `${slicesPerSecond} × ${linksPerSlice}`,
      `${delay.p99Ms.toFixed(1)} (${delay.maxMs.toFixed(0)})`,
      `${calls.p50Ms.toFixed(2)} (${calls.p99Ms.toFixed(2)})`,
      `${seen.p50Ms.toFixed(1)} (${seen.p99Ms.toFixed(1)})`,
      cpuShare.toFixed(2),
      `${firstListDelay.p99Ms.toFixed(1)} (${firstListDelay.maxMs.toFixed(0)})`,
    ],
  );
  return [
    '### While slices come',
    '',
    `${settings.seconds} seconds of slices per second × links in each, while a scheduler filters and scores all nodes for one pod ` +
      'after the other. Milliseconds.',
    '',
    ...markdownTable(
      [
        'nodes',
        'slices',
        'event loop delay, p99 (max)',
        'calls for all nodes, p50 (p99)',
        'from a slice to the answer that holds it, p50 (p99)',
        'cores in use',
        'event loop delay at the first list, p99 (max)',
      ],
      rows,
    ),
  ].join('\n');
}

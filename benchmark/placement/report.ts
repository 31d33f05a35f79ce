import { bootstrapMean } from '#benchmark/bootstrap.ts';
import { describeGoals } from '#benchmark/goals.ts';
import { describeMachine } from '#benchmark/machine.ts';
import { markdownTable } from '#benchmark/markdown-table.ts';
import { mean, median, quantile } from '#core/statistics.ts';
import { PRESSURES, type Size } from './cases.ts';
import { figuresOf, nameOf } from './figures.ts';
import { NETWORK_KINDS } from './networks.ts';
import { PLACER_NAMES, type PlacerName } from './placers.ts';
import { comparable, free, leftOut, toDefault, toOptimum } from './ratios.ts';
import type { CaseResult, PlacementResult, SpeedRun } from './result.ts';

/** The result as Markdown: ratios to the optimum and to kube-scheduler's own placement, costs, times, the goals. */
export function describeResult(result: PlacementResult): string {
  const { machine, settings, cases, speed, startedAt, command } = result;
  const small = cases.filter(({ size }) => size === 'small');
  const large = cases.filter(({ size }) => size === 'large');
  return [
    `Measured ${startedAt.slice(0, 10)} with \`${command}\` on ${describeMachine(machine)}; seed ${settings.seed}, ` +
      `${small.length} small and ${large.length} large cases` +
      `${settings.planetLab ? '' : ', without PlanetLab, whose data was not given (`--planetlab`)'}.`,
    optimumSection(small),
    defaultSection(cases),
    largeSection(large),
    speedSection(speed, settings.runs),
    describeGoals('placement-bench', figuresOf(result)),
  ].join('\n\n');
}

function optimumSection(cases: readonly CaseResult[]): string {
  const costless = free(cases, 'planned');
  const unproven = cases.filter(({ optimum }) => optimum?.proven === false).length;
  const impossible = cases.filter(({ optimum }) => optimum?.proven && optimum.cost === undefined).length;
  const left = PLACER_NAMES.map((placer) => `${placer} ${leftOut(cases, placer)}`).join(', ');
  return [
    '### Cost divided by the optimum',
    '',
    'Mean (95 % interval); ninth of ten; worst.',
    '',
    ...markdownTable(
      ['network', 'cases', ...PLACER_NAMES],
      groupsOf(cases).map(({ name, members }) => [
        name,
        String(comparable(members).length),
        ...PLACER_NAMES.map((placer) => ratioCell(toOptimum(members, placer))),
      ]),
    ),
    '',
    `Of ${cases.length} cases ${comparable(cases).length} have a proven optimum above 0. In ${costless.cases} others it is 0, and the ` +
      `plan finds it in ${costless.found} of them. In ${unproven} it was not proven, in ${impossible} no placement of all pods ` +
      `exists: they do not count. Nor does, for one placer alone, a case in which a pod finds no node with room, although all have ` +
      `a place: ${left}.`,
  ].join('\n');
}

function defaultSection(cases: readonly CaseResult[]): string {
  const sized = (members: readonly CaseResult[], size: Size) => toDefault(members.filter((each) => each.size === size));
  return [
    "### Planned divided by kube-scheduler's own",
    '',
    'Mean (95 % interval); ninth of ten; worst.',
    '',
    ...markdownTable(
      ['network', 'small cases', 'large cases'],
      groupsOf(cases).map(({ name, members }) => [
        name,
        ratioCell(sized(members, 'small')),
        ratioCell(sized(members, 'large')),
      ]),
    ),
  ].join('\n');
}

function largeSection(cases: readonly CaseResult[]): string {
  const costOf = (members: readonly CaseResult[], placer: PlacerName) =>
    members.filter(({ placed }) => placed[placer].unplaced === 0).map(({ placed }) => placed[placer].cost);
  return [
    '### Cost of large cases, 0 to 1',
    '',
    'Mean (95 % interval). The bound is one that no placement can be below; the optimum is somewhere between it and the plan.',
    '',
    ...markdownTable(
      ['network', 'cases', 'bound', ...PLACER_NAMES],
      groupsOf(cases).map(({ name, members }) => [
        name,
        String(members.length),
        (mean(members.map(({ lowerBound }) => lowerBound)) ?? Number.NaN).toFixed(4),
        ...PLACER_NAMES.map((placer) => costCell(costOf(members, placer))),
      ]),
    ),
  ].join('\n');
}

function speedSection(speed: readonly SpeedRun[], runs: number): string {
  const rows = [...Map.groupBy(speed, (run) => `${nameOf(run)}\n${run.matrix}`).values()].map((members) => {
    const [first] = members as [SpeedRun];
    const of = (figure: (run: SpeedRun) => number) => members.map(figure);
    return [
      nameOf(first),
      first.matrix,
      timeCell(of(({ milliseconds }) => milliseconds)),
      timeCell(of(({ cpuMs }) => cpuMs)),
      timeCell(of(({ longestPieceMs }) => longestPieceMs)),
      (median(of(({ cost }) => cost)) ?? Number.NaN).toFixed(5),
      (median(of(({ lowerBound }) => lowerBound)) ?? Number.NaN).toFixed(5),
    ];
  });
  return [
    '### Time of a plan',
    '',
    `${runs} runs after one that does not count, each with pods of its own; median (p90).`,
    '',
    ...markdownTable(
      ['plan', 'link matrix', 'ms', 'CPU ms', 'longest piece, ms', 'cost, median', 'bound, median'],
      rows,
    ),
  ].join('\n');
}

/** Each kind of network with and without pressure, and all together. */
function groupsOf(cases: readonly CaseResult[]): { name: string; members: readonly CaseResult[] }[] {
  const groups = NETWORK_KINDS.flatMap((kind) =>
    PRESSURES.map((pressure) => ({
      name: `${kind}, ${pressure}`,
      members: cases.filter((each) => each.kind === kind && each.pressure === pressure),
    })),
  );
  return [...groups.filter(({ members }) => members.length > 0), { name: 'all', members: cases }];
}

function ratioCell(ratios: readonly number[]): string {
  const interval = bootstrapMean(ratios);
  if (interval === undefined) return '–';
  const [ninth, worst] = [quantile(ratios, 0.9) ?? Number.NaN, Math.max(...ratios)];
  const { mean: centre, low, high } = interval;
  return `${short(centre)} (${short(low)}–${short(high)}); ${short(ninth)}; ${short(worst)}`;
}

function timeCell(times: readonly number[]): string {
  return `${(median(times) ?? Number.NaN).toFixed(0)} (${(quantile(times, 0.9) ?? Number.NaN).toFixed(0)})`;
}

function costCell(costs: readonly number[]): string {
  const interval = bootstrapMean(costs);
  if (interval === undefined) return '–';
  return `${interval.mean.toFixed(4)} (${interval.low.toFixed(4)}–${interval.high.toFixed(4)})`;
}

/** With more digits the smaller it is. */
function short(ratio: number): string {
  const digits = [100, 10, 2].findIndex((least) => ratio >= least);
  return ratio.toFixed(digits === -1 ? 3 : digits);
}

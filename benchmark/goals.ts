import { readFileSync } from 'node:fs';
import { isMap, type ParsedNode, parse, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { parseInput } from '#core/validation.ts';

export const GOALS_FILE = new URL('goals.yaml', import.meta.url);

const goal = z
  .strictObject({
    figure: z.string().min(1),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
    /** Of the last result that `make bench-check ARGS=--write` saw, and by how much of the goal that was better. */
    measured: z.number().optional(),
    marginPercent: z.number().optional(),
  })
  .refine(({ atLeast, atMost }) => (atLeast === undefined) !== (atMost === undefined), 'wanted: atLeast or atMost');
export type Goal = z.infer<typeof goal>;

const goalsFile = z.record(z.string(), z.array(goal));

/** The figures of a result that goals can be set for, by name. */
export type Figures = ReadonlyMap<string, number>;

export interface Verdict {
  goal: Goal;
  /** Undefined where the result does not have it. */
  found: number | undefined;
  /** By how much of the goal the figure is better, in percent; negative where it is worse, undefined for a goal of 0. */
  marginPercent: number | undefined;
  met: boolean;
}

/** The goals of all benchmarks, by the name of the benchmark ("placement-bench"). */
export function readAllGoals(): Record<string, Goal[]> {
  return parseInput(goalsFile, parse(readFileSync(GOALS_FILE, 'utf8')), 'benchmark/goals.yaml');
}

/** What was not measured is not met. */
export function judge(goals: readonly Goal[], figures: Figures): Verdict[] {
  return goals.map((wanted) => {
    const found = figures.get(wanted.figure);
    const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = wanted;
    const met = found !== undefined && found >= atLeast && found <= atMost;
    return {
      goal: wanted,
      found,
      marginPercent: found === undefined ? undefined : marginOf(wanted, significant(found)),
      met,
    };
  });
}

/** The figures beside the goals that a benchmark has in the file, as a Markdown table. */
export function describeGoals(bench: string, figures: Figures): string {
  return verdictTable(judge(readAllGoals()[bench] ?? [], figures));
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  return [
    '| figure | measured | goal | margin | verdict |',
    '| --- | --- | --- | --- | --- |',
    ...verdicts.map((verdict) => `| ${cellsOf(verdict).join(' | ')} |`),
  ].join('\n');
}

/** The file's text with the measured value and the margin beside each goal of the benchmark; all else stays. */
export function withMeasured(text: string, bench: string, verdicts: readonly Verdict[]): string {
  const document = parseDocument(text);
  visit(document.get(bench) as ParsedNode, {
    Map: (_key, entry) => {
      const verdict = verdicts.find(({ goal: { figure } }) => figure === entry.get('figure'));
      if (verdict?.found === undefined || !isMap(entry)) return;
      entry.set('measured', significant(verdict.found));
      if (verdict.marginPercent !== undefined) entry.set('marginPercent', verdict.marginPercent);
    },
  });
  return document.toString({ lineWidth: 0 });
}

function cellsOf({ goal: { figure, atLeast, atMost }, found, marginPercent, met }: Verdict): string[] {
  return [
    figure,
    found === undefined ? 'not measured' : String(significant(found)),
    atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`,
    marginPercent === undefined ? '–' : `${marginPercent} %`,
    met ? 'met' : 'missed',
  ];
}

function marginOf({ atLeast, atMost }: Goal, found: number): number | undefined {
  const wanted = atLeast ?? atMost;
  if (wanted === undefined || wanted === 0) return undefined;
  const better = atLeast === undefined ? wanted - found : found - wanted;
  return Number(((100 * better) / Math.abs(wanted)).toFixed(1));
}

function significant(figure: number): number {
  return Number(figure.toPrecision(4));
}

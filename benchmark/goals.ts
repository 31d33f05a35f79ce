import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseInput } from '#core/validation.ts';

const GOALS_FILE = new URL('goals.yaml', import.meta.url);

const goal = z
  .strictObject({ figure: z.string().min(1), atLeast: z.number().optional(), atMost: z.number().optional() })
  .refine(({ atLeast, atMost }) => (atLeast === undefined) !== (atMost === undefined), 'wanted: atLeast or atMost');
export type Goal = z.infer<typeof goal>;

/** The figures of a result that goals can be set for, by name. */
export type Figures = ReadonlyMap<string, number>;

export interface Verdict {
  goal: Goal;
  /** Undefined where the result does not have it. */
  found: number | undefined;
  met: boolean;
}

/** The goals of one benchmark, by its name. */
export function readGoals(bench: string): Goal[] {
  const goals = parseInput(
    z.record(z.string(), z.array(goal)),
    parse(readFileSync(GOALS_FILE, 'utf8')),
    'benchmark/goals.yaml',
  );
  return goals[bench] ?? [];
}

/** What was not measured is not met. */
export function judge(goals: readonly Goal[], figures: Figures): Verdict[] {
  return goals.map((wanted) => {
    const found = figures.get(wanted.figure);
    const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = wanted;
    return { goal: wanted, found, met: found !== undefined && found >= atLeast && found <= atMost };
  });
}

/** "1000 nodes: a / b: 0.76, goal at least 0.9: missed" */
export function describeVerdict({ goal: { figure, atLeast, atMost }, found, met }: Verdict): string {
  const wanted = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  const figures = found === undefined ? 'not measured' : String(Number(found.toPrecision(4)));
  return `${figure}: ${figures}, goal ${wanted}: ${met ? 'met' : 'missed'}`;
}

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseInput } from '#core/validation.ts';
import { ARM_NAMES, type ArmName } from './arms.ts';
import { pairedRatio } from './compare.ts';
import type { BenchResult } from './result.ts';

const GOALS_FILE = new URL('goals.yaml', import.meta.url);

const armName = z.enum(ARM_NAMES as [ArmName, ...ArmName[]]);
const goal = z.strictObject({ nodes: z.int(), arm: armName, baseline: armName, atLeast: z.number().positive() });
export type Goal = z.infer<typeof goal>;

export interface Verdict {
  goal: Goal;
  /** Undefined where the result has no rounds to tell from. */
  ratio: number | undefined;
  met: boolean;
}

export function readGoals(): Goal[] {
  return parseInput(z.array(goal), parse(readFileSync(GOALS_FILE, 'utf8')), 'benchmark/scheduler/goals.yaml');
}

/** What was not measured is not met. */
export function judge(goals: readonly Goal[], { runs }: BenchResult): Verdict[] {
  return goals.map((wanted) => {
    const ratio = pairedRatio(runs, wanted.nodes, wanted.arm, wanted.baseline)?.median;
    return { goal: wanted, ratio, met: ratio !== undefined && ratio >= wanted.atLeast };
  });
}

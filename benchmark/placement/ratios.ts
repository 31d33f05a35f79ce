import type { PlacerName } from './placers.ts';
import type { CaseResult } from './result.ts';

/** Costs below this are 0: no ratio to them says anything. */
const NOTHING = 1e-9;

/** Cases whose optimum is known for sure and not 0. */
export function comparable(cases: readonly CaseResult[]): CaseResult[] {
  return cases.filter(({ optimum }) => optimum?.proven && (optimum.cost ?? 0) > NOTHING);
}

/** Of a placer's costs to the optima, where it placed all pods. */
export function toOptimum(cases: readonly CaseResult[], placer: PlacerName): number[] {
  return comparable(cases)
    .filter(({ placed }) => placed[placer].unplaced === 0)
    .map(({ placed, optimum }) => placed[placer].cost / (optimum?.cost as number));
}

/** Of the plans' costs to those of kube-scheduler's own placements, where both placed all pods. */
export function toDefault(cases: readonly CaseResult[]): number[] {
  return cases
    .filter(
      ({ placed }) => placed.planned.unplaced === 0 && placed.default.unplaced === 0 && placed.default.cost > NOTHING,
    )
    .map(({ placed }) => placed.planned.cost / placed.default.cost);
}

/** Cases in which the placer left out pods, although all of them can be placed. */
export function leftOut(cases: readonly CaseResult[], placer: PlacerName): number {
  return cases.filter(({ placed, optimum }) => placed[placer].unplaced > 0 && optimum?.cost !== undefined).length;
}

/** Cases whose optimum is 0, and those of them in which the placer found it. */
export function free(cases: readonly CaseResult[], placer: PlacerName): { cases: number; found: number } {
  const costless = cases.filter(({ optimum }) => optimum?.cost !== undefined && optimum.cost <= NOTHING);
  const found = costless.filter(({ placed }) => placed[placer].unplaced === 0 && placed[placer].cost <= NOTHING);
  return { cases: costless.length, found: found.length };
}

/** The mean of the largest tenth of the values, at least one; undefined for none. */
export function worstTenth(values: readonly number[]): number[] {
  return values.toSorted((a, b) => b - a).slice(0, Math.ceil(values.length / 10));
}

import { median } from '#core/statistics.ts';

export interface LevelRule {
  /** How many of the last values make up the level. */
  values: number;
  /** How many in a row must lie off the level before them to start a new one. */
  confirmations: number;
  /** Off the level: by more than this share of it and by more than `atLeast`. */
  ratio: number;
  atLeast: number;
}

/**
 * The last of `values` (oldest first) that belong to the present level: `rule.values` of them, or fewer where the level
 * shifted since, that is, where `rule.confirmations` in a row lay on one side of the median of those before.
 */
export function currentLevel(values: readonly number[], rule: LevelRule): readonly number[] {
  const first = Math.max(0, values.length - rule.values);
  for (let start = values.length - rule.confirmations; start > first; start -= 1) {
    if (isShift(values, start, rule)) return values.slice(start);
  }
  return values.slice(first);
}

function isShift(values: readonly number[], start: number, rule: LevelRule): boolean {
  const level = median(values.slice(Math.max(0, start - rule.values), start));
  if (level === undefined) return false;
  const margin = Math.max(rule.ratio * level, rule.atLeast);
  const confirming = values.slice(start, start + rule.confirmations);
  return confirming.every((value) => value - level > margin) || confirming.every((value) => level - value > margin);
}

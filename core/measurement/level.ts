export interface LevelRule {
  /** So many values alike in a row are the first level: 1 where values are rare, 2 where an outlier may come first. */
  first: 1 | 2;
  /** The median is of so many of the last values of the level. */
  values: number;
  /** So many values in a row off the level, all on one side of it, are a new level, however far apart they are. */
  confirmations: number;
  /** Off the level: by more than this share of it and by more than `atLeast`. */
  ratio: number;
  atLeast: number;
}

export interface Level {
  value: number;
  /** Position of the first value of the level. */
  start: number;
}

/**
 * Where `values` (oldest first) are at the end; undefined while nothing tells what the first are worth: until `first` in a row are
 * alike, or there are `confirmations` of any size. A value off the level counts for nothing until
 * the next one tells what it was: two in a row on one side and of similar size (no further apart than half of what the nearer
 * is off) are a new level, and so are `confirmations` of any size; else it was an outlier. From `breaks[i]` other than
 * `breaks[i - 1]` on values are of another kind: the level before stays until they have one, as the first have.
 */
export function presentLevel(
  values: ArrayLike<number>,
  rule: LevelRule,
  breaks?: ArrayLike<number>,
): Level | undefined {
  let level: Level | undefined;
  let members: number[] = [];
  /** Where values begin that have no level yet. */
  let open: number | undefined;
  /** Values in a row on this side of the level. */
  let strays = 0;
  let straySide = 0;
  const begin = (start: number, end: number) => {
    members = [];
    for (let index = start; index <= end; index += 1) members.push(values[index] as number);
    open = undefined;
    strays = 0;
    level = { value: medianOfFew(members), start };
  };
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    if (index === 0 || (breaks !== undefined && breaks[index] !== breaks[index - 1])) open = index;
    if (open !== undefined) {
      if (rule.first === 1) begin(index, index);
      else if (index > open && sideOf(value, values[index - 1] as number, rule) === 0) begin(index - 1, index);
      else if (index - open + 1 === rule.confirmations) begin(open, index);
      continue;
    }
    const known = level as Level;
    const side = sideOf(value, known.value, rule);
    if (side === 0) {
      members.push(value);
      if (members.length > rule.values) members.shift();
      strays = 0;
      level = { value: medianOfFew(members), start: known.start };
      continue;
    }
    strays = side === straySide ? strays + 1 : 1;
    straySide = side;
    if (strays > 1 && areSimilar(values[index - 1] as number, value, known.value)) begin(index - 1, index);
    else if (strays === rule.confirmations) begin(index - strays + 1, index);
  }
  return level;
}

function sideOf(value: number, level: number, rule: LevelRule): -1 | 0 | 1 {
  const off = value - level;
  if (Math.abs(off) <= Math.max(rule.ratio * level, rule.atLeast)) return 0;
  return off > 0 ? 1 : -1;
}

function areSimilar(one: number, other: number, level: number): boolean {
  return Math.abs(one - other) <= Math.min(Math.abs(one - level), Math.abs(other - level)) / 2;
}

/** As `median`, without a copy on the heap for each of the many calls. Sorts by insertion, so for few values only. */
function medianOfFew(values: readonly number[]): number {
  const ordered: number[] = [];
  for (const value of values) {
    let place = ordered.length;
    while (place > 0 && (ordered[place - 1] as number) > value) {
      ordered[place] = ordered[place - 1] as number;
      place -= 1;
    }
    ordered[place] = value;
  }
  const middle = ordered.length >> 1;
  const upper = ordered[middle] as number;
  return ordered.length % 2 === 1 ? upper : ((ordered[middle - 1] as number) + upper) / 2;
}

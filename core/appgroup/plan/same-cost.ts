/** A cost that has changed by less than both is the same: a plan that follows every measurement would never stand still. */
const SAME_COST = 0.005;
const SAME_SHARE = 0.05;

/** Whether the cost of a plan, 0..1, is still what it was. */
export function isSameCost(before: number, now: number): boolean {
  return Math.abs(now - before) <= Math.max(SAME_COST, SAME_SHARE * before);
}

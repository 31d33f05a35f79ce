/** Share of the peers that are the next ones in the list. */
const NEXT_SHARE = 0.25;
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * How far in the list, which is a circle, the peers of each node are from it: the next ones, and others spread evenly over the rest,
 * which are others in each `rotation`.
 */
export function evenDistances(nodeCount: number, peersPerNode: number, rotation: number): number[] {
  const count = Math.min(peersPerNode, nodeCount - 1);
  const next = count === nodeCount - 1 ? count : Math.ceil(count * NEXT_SHARE);
  const others = nodeCount - 1 - next;
  const step = stepThroughAll(others);
  return Array.from({ length: count }, (_, place) =>
    place < next ? place + 1 : next + 1 + (((rotation * (count - next) + place - next) * step) % others),
  );
}

/** A step with which i -> i * step mod count visits every number below count once. */
function stepThroughAll(count: number): number {
  let step = Math.max(1, Math.round(count * GOLDEN_RATIO));
  while (count > 0 && greatestCommonDivisor(step, count) !== 1) step += 1;
  return step;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

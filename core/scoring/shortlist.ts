/** kube-scheduler's own constants for how many feasible nodes it looks for (`numFeasibleNodesToFind`). */
const LEAST_NODES = 100;
const LEAST_PERCENTAGE = 5;

/**
 * How many nodes kube-scheduler scores of so many, where its configuration leaves it the choice: all up to 100, else
 * 50 − n/125 percent, at least 5 percent and 100 nodes. In whole numbers, as kube-scheduler counts.
 */
export function sampleSize(nodes: number): number {
  if (nodes < LEAST_NODES) return nodes;
  const percentage = Math.max(LEAST_PERCENTAGE, 50 - Math.trunc(nodes / 125));
  return Math.max(LEAST_NODES, Math.trunc((nodes * percentage) / 100));
}

/**
 * The `sampleSize` best of the candidates, in the order given: what kube-scheduler would score by chance, chosen by the
 * network. `scores` (0..255, higher is better) stand by position. Of those that are equal where the list ends, a run is
 * kept that begins where `seed` says, so that pods with different seeds spread over them. Where all are equal there is
 * nothing to choose by, and all are kept.
 */
export function shortlist(candidates: readonly string[], scores: Uint8Array, seed: string): string[] {
  const size = sampleSize(candidates.length);
  if (size >= candidates.length || scores.every((score) => score === scores[0])) return [...candidates];
  const { boundary, above, equal } = boundaryOf(scores, size);
  const start = hash(seed) % equal;
  const wanted = size - above;
  let seen = 0;
  return candidates.filter((_, position) => {
    const score = scores[position] ?? 0;
    if (score !== boundary) return score > boundary;
    return (seen++ - start + equal) % equal < wanted;
  });
}

/** The score at which the best `size` end, how many are above it, and how many have it. */
function boundaryOf(scores: Uint8Array, size: number): { boundary: number; above: number; equal: number } {
  const counts = new Uint32Array(256);
  for (const score of scores) counts[score] = (counts[score] ?? 0) + 1;
  let above = 0;
  let boundary = counts.length - 1;
  while (above + (counts[boundary] ?? 0) < size) above += counts[boundary--] ?? 0;
  return { boundary, above, equal: counts[boundary] ?? 0 };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let position = 0; position < text.length; position++) {
    value = Math.imul(value ^ text.charCodeAt(position), 0x01000193);
  }
  return value >>> 0;
}

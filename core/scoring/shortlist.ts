import { createRandom } from '#core/random.ts';

/** What filter leaves to the scheduler of the nodes that passed; `filter.ts` says which is what. */
export const SHORTLISTS = ['fair', 'best', 'off'] as const;
export type Shortlist = (typeof SHORTLISTS)[number];

/** kube-scheduler's own constants for how many feasible nodes it looks for (`numFeasibleNodesToFind`). */
const LEAST_NODES = 100;
const LEAST_PERCENTAGE = 5;

/**
 * How many feasible nodes kube-scheduler looks for in a cluster of so many, where its configuration leaves it the choice: all
 * up to 100, else 50 − n/125 percent, at least 5 percent and 100 nodes. In whole numbers, as kube-scheduler counts.
 */
export function sampleSize(nodes: number): number {
  if (nodes < LEAST_NODES) return nodes;
  const percentage = Math.max(LEAST_PERCENTAGE, 50 - Math.trunc(nodes / 125));
  return Math.max(LEAST_NODES, Math.trunc((nodes * percentage) / 100));
}

/** What a shortlist is made of, by position among the candidates. */
export interface ShortlistInput {
  candidates: readonly string[];
  /** 0..255, higher is better. */
  scores: Uint8Array;
  /** The zone that each stands in, as a number 0..zoneCount − 1. */
  zones: Uint32Array;
  zoneCount: number;
  /** How many to keep. */
  size: number;
  /** Where the choice among equal nodes begins: another one, another choice. */
  seed: string;
}

/**
 * `size` of the candidates, in the order given. Half of them are the best by score; of those that are equal where that half
 * ends, a run is kept. The other half is a sample of the rest without regard to scores, taken from the zones in turn as
 * kube-scheduler's own: so all that other plugins weigh, such as zones, is still there to choose from. Where all scores are
 * equal there is nothing to choose by, and all are kept.
 */
export function shortlist({ candidates, scores, zones, zoneCount, size, seed }: ShortlistInput): string[] {
  if (size >= candidates.length || scores.every((score) => score === scores[0])) return [...candidates];
  const random = createRandom(hash(seed));
  const sampled = Math.trunc(size / 2);
  const kept = bestOf(scores, size - sampled, random);
  sampleByZone({ kept, zones, zoneCount, wanted: sampled, random });
  return candidates.filter((_, position) => kept[position] === 1);
}

/** The candidate with the best score; of several another one with another seed. Undefined where there is none. */
export function bestCandidate({
  candidates,
  scores,
  seed,
}: Pick<ShortlistInput, 'candidates' | 'scores' | 'seed'>): string | undefined {
  const kept = bestOf(scores, Math.min(1, scores.length), createRandom(hash(seed)));
  return candidates[kept.indexOf(1)];
}

/** 1 at the positions of the best `wanted`. */
function bestOf(scores: Uint8Array, wanted: number, random: () => number): Uint8Array {
  const { boundary, above, equal } = boundaryOf(scores, wanted);
  const isInRun = run(equal, wanted - above, random);
  return scores.map((score) => (score === boundary ? isInRun() : Number(score > boundary)));
}

/** The score at which the best `wanted` end, how many are above it, and how many have it. */
function boundaryOf(scores: Uint8Array, wanted: number): { boundary: number; above: number; equal: number } {
  const counts = new Uint32Array(256);
  for (const score of scores) counts[score] = (counts[score] ?? 0) + 1;
  let above = 0;
  let boundary = counts.length - 1;
  while (above + (counts[boundary] ?? 0) < wanted) above += counts[boundary--] ?? 0;
  return { boundary, above, equal: counts[boundary] ?? 0 };
}

/** Sets 1 at `wanted` more positions: one of each zone in turn, and within a zone a run. */
function sampleByZone(input: {
  kept: Uint8Array;
  zones: Uint32Array;
  zoneCount: number;
  wanted: number;
  random: () => number;
}): void {
  const { kept, zones, zoneCount, wanted, random } = input;
  const left = new Uint32Array(zoneCount);
  for (let position = 0; position < kept.length; position++) {
    if (kept[position] === 0) (left[zones[position] as number] as number)++;
  }
  const shares = sharesOf(left, wanted, Math.trunc(random() * zoneCount));
  const runs = Array.from(left, (count, zone) => run(count, shares[zone] as number, random));
  for (let position = 0; position < kept.length; position++) {
    if (kept[position] === 0) kept[position] = runs[zones[position] as number]?.() ?? 0;
  }
}

/** How many each zone gives, where they give one each in turn, beginning with zone `first`, until `wanted` are given. */
function sharesOf(left: Uint32Array, wanted: number, first: number): Uint32Array {
  const shares = new Uint32Array(left.length);
  let given = 0;
  for (let turn = first; given < wanted; turn++) {
    const zone = turn % left.length;
    if ((shares[zone] as number) === left[zone]) continue;
    (shares[zone] as number)++;
    given++;
  }
  return shares;
}

/** Called once for each of `count` in a row: 1 for `wanted` of them that follow each other, from a random one on, in a circle. */
function run(count: number, wanted: number, random: () => number): () => 0 | 1 {
  const start = Math.trunc(random() * count);
  let seen = 0;
  return () => ((seen++ - start + count) % count < wanted ? 1 : 0);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let position = 0; position < text.length; position++) {
    value = Math.imul(value ^ text.charCodeAt(position), 0x01000193);
  }
  return value >>> 0;
}

import { PARTS_PER_MILLION } from '#core/api/fields.ts';

/** 95 % of a normal distribution are within so many standard deviations. */
const Z = 1.959964;

/**
 * Where the true loss of a link is with 95 % confidence, in parts per million, when `samples` pings lost
 * `lossPartsPerMillion` of them; undefined without a ping. The score interval of Wilson (1927), which also holds for few
 * pings and for none lost.
 */
export function lossInterval(lossPartsPerMillion: number, samples: number): [low: number, high: number] | undefined {
  if (samples === 0) return undefined;
  const share = lossPartsPerMillion / PARTS_PER_MILLION;
  const weight = 1 + Z ** 2 / samples;
  const centre = (share + Z ** 2 / (2 * samples)) / weight;
  const half = (Z * Math.sqrt((share * (1 - share)) / samples + (Z / (2 * samples)) ** 2)) / weight;
  return [inParts(centre - half), inParts(centre + half)];
}

function inParts(share: number): number {
  return Math.round(PARTS_PER_MILLION * Math.min(1, Math.max(0, share)));
}

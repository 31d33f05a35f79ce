import type { LinkMaxima } from '#core/api/network-topology.ts';

const MOVED_SHARE = 0.1;

/** Smaller changes do not count, whatever share of the value they are: they could not move a placement. */
const AT_LEAST: LinkMaxima = { rttMicroseconds: 50, bandwidthBitsPerSecond: 20_000, lossPartsPerMillion: 200 };

/** True where a metric came, went, or changed by more than 10 %, more than what is too little and more than its `noise`. */
export function moved(
  metric: keyof LinkMaxima,
  before: number | undefined,
  after: number | undefined,
  noise = 0,
): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return Math.abs(after - before) > Math.max(AT_LEAST[metric], MOVED_SHARE * before, noise);
}

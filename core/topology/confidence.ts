import type { LinkSource } from '#core/api/topology-view.ts';

/** How far each source is trusted when it rests on many samples. An order of trust, not a probability. */
const TRUST: Record<LinkSource, number> = {
  local: 1,
  measured: 1,
  unreachable: 1,
  zone: 0.6,
  coordinates: 0.5,
  static: 0.4,
  labels: 0.2,
  unknown: 0,
};

/** Samples at which half of the trust is reached: one probe's worth of pings, or a link of a zone pair. */
const HALF = { measured: 7, zone: 1 } as const;

/** Confidence 0..1 in a link's cost: the source's trust, growing with the samples (pings, or links of a median). */
export function confidenceOf(source: LinkSource, samples?: number): number {
  const half = source === 'measured' || source === 'zone' ? HALF[source] : 0;
  const grown = samples === undefined ? 1 : samples / (samples + half);
  return Math.round(TRUST[source] * grown * 100) / 100;
}

import type { BandwidthSource, LinkSource } from '#core/api/topology-view.ts';

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

/** How far a bandwidth that was not measured is trusted: that of an interface is only the most that it can be. */
const BANDWIDTH_TRUST = { zone: TRUST.zone, interface: 0.3 } as const;

/** Samples at which half of the trust is reached: one probe's worth of pings, or a link of a zone pair. */
const HALF = { measured: 7, zone: 1 } as const;

/** Confidence 0..1 in a link's cost: the source's trust, growing with the samples (pings, or links of a median). */
export function confidenceOf(source: LinkSource, samples?: number): number {
  const half = source === 'measured' || source === 'zone' ? HALF[source] : 0;
  const grown = samples === undefined ? 1 : samples / (samples + half);
  return Math.round(TRUST[source] * grown * 100) / 100;
}

/** Confidence in a cost that was estimated from coordinates which may be wrong by that share of the RTT. */
export function coordinatesConfidence(errorRatio: number): number {
  return Math.round(TRUST.coordinates * Math.max(0, 1 - errorRatio) * 100) / 100;
}

/** Confidence 0..1 in a link's bandwidth. */
export function bandwidthConfidenceOf(source: BandwidthSource): number {
  return source === 'measured' ? TRUST.measured : BANDWIDTH_TRUST[source];
}

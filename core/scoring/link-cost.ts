import type { LinkMaxima, LinkWeights } from '#core/api/network-topology.ts';

/** What is known of one directed link; a metric that is not known is absent. */
export interface LinkMetrics {
  rttMicroseconds?: number | undefined;
  bandwidthBitsPerSecond?: number | undefined;
  lossPartsPerMillion?: number | undefined;
}

/**
 * Cost of a link, 0 (best) to 1 (as bad as the worst, or worse):
 *
 *     wL · rtt/maxRtt + wB · (1 − bandwidth/maxBandwidth) + wP · loss/maxLoss
 *
 * Each term is clipped to 0..1. A metric that is unknown, or weighs nothing, drops out and the rest is rescaled to the
 * full weight. Undefined where no metric is left. A maximum of 0 makes its term 0: there is nothing to tell links apart by.
 */
export function linkCost(metrics: LinkMetrics, maxima: LinkMaxima, weights: LinkWeights): number | undefined {
  const terms: [weight: number, term: number | undefined][] = [
    [weights.latency, share(metrics.rttMicroseconds, maxima.rttMicroseconds)],
    [weights.bandwidth, complement(share(metrics.bandwidthBitsPerSecond, maxima.bandwidthBitsPerSecond))],
    [weights.loss, share(metrics.lossPartsPerMillion, maxima.lossPartsPerMillion)],
  ];
  let sum = 0;
  let knownWeight = 0;
  for (const [weight, term] of terms) {
    if (term === undefined) continue;
    sum += weight * term;
    knownWeight += weight;
  }
  return knownWeight === 0 ? undefined : sum / knownWeight;
}

function share(value: number | undefined, maximum: number): number | undefined {
  if (value === undefined) return undefined;
  if (maximum <= 0) return 0;
  return Math.min(1, Math.max(0, value / maximum));
}

function complement(value: number | undefined): number | undefined {
  return value === undefined ? undefined : 1 - value;
}

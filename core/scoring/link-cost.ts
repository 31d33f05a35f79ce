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
  const cost = costOfMetrics(
    metrics.rttMicroseconds ?? Number.NaN,
    metrics.bandwidthBitsPerSecond ?? Number.NaN,
    metrics.lossPartsPerMillion ?? Number.NaN,
    maxima,
    weights,
  );
  return Number.isNaN(cost) ? undefined : cost;
}

/** The same of plain numbers, NaN for what is not known: there are many links. */
export function costOfMetrics(
  rttMicroseconds: number,
  bandwidthBitsPerSecond: number,
  lossPartsPerMillion: number,
  maxima: LinkMaxima,
  weights: LinkWeights,
): number {
  let sum = 0;
  let knownWeight = 0;
  if (!Number.isNaN(rttMicroseconds)) {
    sum += weights.latency * share(rttMicroseconds, maxima.rttMicroseconds);
    knownWeight += weights.latency;
  }
  if (!Number.isNaN(bandwidthBitsPerSecond)) {
    sum += weights.bandwidth * (1 - share(bandwidthBitsPerSecond, maxima.bandwidthBitsPerSecond));
    knownWeight += weights.bandwidth;
  }
  if (!Number.isNaN(lossPartsPerMillion)) {
    sum += weights.loss * share(lossPartsPerMillion, maxima.lossPartsPerMillion);
    knownWeight += weights.loss;
  }
  return knownWeight === 0 ? Number.NaN : sum / knownWeight;
}

function share(value: number, maximum: number): number {
  return maximum <= 0 ? 0 : Math.min(1, Math.max(0, value / maximum));
}

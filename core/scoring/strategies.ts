import { networkCosts, UNKNOWN_LINK_COST, weightedSum } from '#core/scoring/network-cost.ts';
import type { Peer } from '#core/scoring/peers.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';

export const MAX_SCORE = 100;

/** Every node's score where nothing is known that could tell them apart. */
export const NEUTRAL_SCORE = 50;

export const STRATEGY_NAMES = ['linear', 'reciprocal', 'minmax', 'additive', 'utility'] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];

export interface StrategyInput {
  peers: readonly Peer[];
  matrix: LinkMatrix;
  /** Node indexes of the matrix. */
  candidates: readonly number[];
}

/** Scores 0..MAX_SCORE, one for each candidate; higher is better. `peers` is not empty. */
export type Strategy = (input: StrategyInput) => number[];

/** Shares of latency, bandwidth and loss in `additive`; they sum to 1. */
const ADDITIVE = { latency: 0.5, bandwidth: 0.3, loss: 0.2 } as const;

/** A dependency without a limit of its own is satisfied by this latency. */
const UTILITY_DEFAULT_LIMIT_MICROSECONDS = 5_000;
/** How steeply the utility falls past the limit. */
const UTILITY_ALPHA = 1;

export const STRATEGIES: Record<StrategyName, Strategy> = {
  /** max · (1 − cost/Σweights): the mean link cost, turned round. */
  linear: (input) => {
    const { cost, totalWeight } = costOf(input);
    return input.candidates.map((node) => MAX_SCORE * (1 - at(cost, node) / totalWeight));
  },

  /** max / (1 + cost): tells small costs apart and treats all large ones alike. */
  reciprocal: (input) => {
    const { cost } = costOf(input);
    return input.candidates.map((node) => MAX_SCORE / (1 + at(cost, node)));
  },

  /**
   * Stretched over the candidates, the cheapest at max and the dearest at 0, truncated as scheduler-plugins'
   * NetworkOverhead does. Equal costs all get max.
   */
  minmax: (input) => {
    const { cost } = costOf(input);
    const costs = input.candidates.map((node) => at(cost, node));
    const [least, most] = [Math.min(...costs), Math.max(...costs)];
    if (most === least) return costs.map(() => MAX_SCORE);
    return costs.map((value) => MAX_SCORE - Math.trunc((MAX_SCORE * (value - least)) / (most - least)));
  },

  /** w1 · (100 − normalized latency) + w2 · log(bandwidth) + w3 · 100 · (1 − loss), the logarithm scaled to 0..100. */
  additive: (input) => {
    const { maxima } = input.matrix;
    const latency = meanOf(input, 'rttMicroseconds', maxima.rttMicroseconds);
    const bandwidth = meanOf(input, 'bandwidthBitsPerSecond', maxima.bandwidthBitsPerSecond);
    const loss = meanOf(input, 'lossPartsPerMillion', maxima.lossPartsPerMillion);
    const maxLog = Math.log1p(maxima.bandwidthBitsPerSecond);
    return input.candidates.map(
      (node) =>
        ADDITIVE.latency * (MAX_SCORE - clip(MAX_SCORE * (at(latency, node) / Math.max(1, maxima.rttMicroseconds)))) +
        ADDITIVE.bandwidth * clip((MAX_SCORE * Math.log1p(at(bandwidth, node))) / Math.max(1, maxLog)) +
        ADDITIVE.loss * MAX_SCORE * (1 - Math.min(1, at(loss, node) / 1_000_000)),
    );
  },

  /** min(1, (limit/latency)^α), an SLO utility as in Faro: a link within its latency limit is as good as any. */
  utility: (input) => {
    const fallback = UNKNOWN_LINK_COST * input.matrix.maxima.rttMicroseconds;
    const satisfied = weightedSum(input.peers, input.matrix, 'rttMicroseconds', (rtt, { limits }) => {
      const limit = limits.maxLatencyMicroseconds ?? UTILITY_DEFAULT_LIMIT_MICROSECONDS;
      const latency = Number.isNaN(rtt) ? fallback : rtt;
      return latency <= limit ? 1 : (limit / latency) ** UTILITY_ALPHA;
    });
    const totalWeight = weightOf(input.peers);
    return input.candidates.map((node) => (MAX_SCORE * at(satisfied, node)) / totalWeight);
  },
};

function costOf({ peers, matrix }: StrategyInput): { cost: Float64Array; totalWeight: number } {
  const { dependencyCost, dependantCost, totalWeight } = networkCosts(peers, matrix);
  return { cost: dependencyCost.map((value, node) => value + at(dependantCost, node)), totalWeight };
}

/** Weighted mean over the peers' links; an unknown link counts as midway to the maximum. */
function meanOf(
  { peers, matrix }: StrategyInput,
  quantity: 'rttMicroseconds' | 'bandwidthBitsPerSecond' | 'lossPartsPerMillion',
  maximum: number,
): Float64Array {
  const totalWeight = weightOf(peers);
  const known = (value: number) => (Number.isNaN(value) ? UNKNOWN_LINK_COST * maximum : value);
  return weightedSum(peers, matrix, quantity, known).map((sum) => sum / totalWeight);
}

function weightOf(peers: readonly Peer[]): number {
  return peers.reduce((sum, { weight }) => sum + weight, 0);
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}

function clip(score: number): number {
  return Math.min(MAX_SCORE, Math.max(0, score));
}

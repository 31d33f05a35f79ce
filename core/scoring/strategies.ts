import { PARTS_PER_MILLION } from '#core/api/fields.ts';
import {
  type NetworkCosts,
  type NodeIndexes,
  networkCostAt,
  UNKNOWN_LINK_COST,
  weightedSum,
} from '#core/scoring/network-cost.ts';
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
  /** Of these peers in this matrix. */
  costs: NetworkCosts;
  candidates: NodeIndexes;
}

/** Scores 0..MAX_SCORE, one for each candidate; higher is better. `peers` is not empty. */
export type Strategy = (input: StrategyInput) => Float64Array;

/** Shares of latency, bandwidth and loss in `additive`; they sum to 1. */
const ADDITIVE = { latency: 0.5, bandwidth: 0.3, loss: 0.2 } as const;

/** A loss of everything, in parts per million. */

/** A dependency without a limit of its own is satisfied by this latency. */
const UTILITY_DEFAULT_LIMIT_MICROSECONDS = 5_000;
/** How steeply the utility falls past the limit. */
const UTILITY_ALPHA = 1;
/** Utility of a link of which nothing is known: midway, as its cost is. */
const UNKNOWN_UTILITY = 1 - UNKNOWN_LINK_COST;

/** Mean link costs closer than this are the same. */
const EQUAL_COSTS = 1e-9;

/** A hundredth that a fraction's last digit keeps from being whole is whole: the dearest node has 0, not 1. */
const ROUNDING = 1e-9;

export const STRATEGIES: Record<StrategyName, Strategy> = {
  /** max · (1 − cost/Σweights): the mean link cost, turned round. */
  linear: ({ candidates, costs }) =>
    each(candidates, (node) => MAX_SCORE * (1 - networkCostAt(costs, node) / costs.totalWeight)),

  /** max / (1 + cost): tells small costs apart and treats all large ones alike. */
  reciprocal: ({ candidates, costs }) => each(candidates, (node) => MAX_SCORE / (1 + networkCostAt(costs, node))),

  /**
   * Stretched over the candidates, the cheapest at max and the dearest at 0, truncated as scheduler-plugins'
   * NetworkOverhead does. Equal costs all get max: sums of fractions differ in their last digits, which must not be stretched.
   * NetworkOverhead leaves costs as they are where all are 0.
   */
  minmax: ({ candidates, costs, matrix }) => {
    const values = each(candidates, (node) => networkCostAt(costs, node));
    const least = values.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
    const most = values.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
    if (matrix.byTable && most === 0) return values.fill(0);
    if (most - least <= EQUAL_COSTS * costs.totalWeight) return values.fill(MAX_SCORE);
    return values.map((value) => MAX_SCORE - Math.trunc((MAX_SCORE * (value - least)) / (most - least) + ROUNDING));
  },

  /** w1 · (100 − normalized latency) + w2 · log(bandwidth) + w3 · 100 · (1 − loss), the logarithm scaled to 0..100. */
  additive: (input) => {
    const { maxima } = input.matrix;
    const latency = meanOf(input, 'rttMicroseconds', maxima.rttMicroseconds);
    const bandwidth = meanOf(input, 'bandwidthBitsPerSecond', maxima.bandwidthBitsPerSecond);
    const loss = meanOf(input, 'lossPartsPerMillion', maxima.lossPartsPerMillion, PARTS_PER_MILLION);
    const maxLog = Math.log1p(maxima.bandwidthBitsPerSecond);
    return each(
      input.candidates,
      (node) =>
        ADDITIVE.latency * (MAX_SCORE - clip(MAX_SCORE * (at(latency, node) / Math.max(1, maxima.rttMicroseconds)))) +
        ADDITIVE.bandwidth * clip((MAX_SCORE * Math.log1p(at(bandwidth, node))) / Math.max(1, maxLog)) +
        ADDITIVE.loss * MAX_SCORE * (1 - at(loss, node) / PARTS_PER_MILLION),
    );
  },

  /** min(1, (limit/latency)^α), an SLO utility as in Faro: a link within its latency limit is as good as any. */
  utility: ({ peers, matrix, costs, candidates }) => {
    const satisfied = weightedSum(peers, matrix, candidates, 'rttMicroseconds', (rtt, { limits }) => {
      const limit = limits.maxLatencyMicroseconds ?? UTILITY_DEFAULT_LIMIT_MICROSECONDS;
      if (Number.isNaN(rtt)) return UNKNOWN_UTILITY;
      return rtt <= limit ? 1 : (limit / rtt) ** UTILITY_ALPHA;
    });
    return each(candidates, (node) => (MAX_SCORE * at(satisfied, node)) / costs.totalWeight);
  },
};

/** A number for each candidate. */
function each(candidates: NodeIndexes, numberOf: (node: number) => number): Float64Array {
  const values = new Float64Array(candidates.length);
  for (let position = 0; position < values.length; position++)
    values[position] = numberOf(candidates[position] as number);
  return values;
}

/** Weighted mean over the peers' links, each clipped to `most`; an unknown link counts as midway to the maximum. */
function meanOf(
  { peers, matrix, costs, candidates }: StrategyInput,
  quantity: 'rttMicroseconds' | 'bandwidthBitsPerSecond' | 'lossPartsPerMillion',
  maximum: number,
  most = maximum,
): Float64Array {
  const clipped = (value: number) => (Number.isNaN(value) ? UNKNOWN_LINK_COST * maximum : Math.min(value, most));
  return weightedSum(peers, matrix, candidates, quantity, clipped).map((sum) => sum / costs.totalWeight);
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}

function clip(score: number): number {
  return Math.min(MAX_SCORE, Math.max(0, score));
}

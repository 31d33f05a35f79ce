import { estimateRtt } from '#core/coordinates/coordinate.ts';
import { hiddenLinks, probeSome, type RttMatrix } from '#core/coordinates/evaluation/hidden-links.ts';
import { zoneMedians } from '#core/coordinates/evaluation/zone-medians.ts';
import { solveCoordinates } from '#core/coordinates/solve.ts';
import type { Pieces } from '#core/pieces.ts';
import { quantile } from '#core/statistics.ts';

/** Relative errors: |estimate − truth| / truth. */
export interface Errors {
  median: number;
  p90: number;
}

export interface Evaluation {
  /** Of all hidden links with an estimate; absent where there is none. */
  overall?: Errors;
  /** By what the estimates rest on, in the order in which it is asked; those that no link fell to are left out. */
  layers: (Errors & { name: LayerName; pairs: number })[];
  probed: number;
  /** Probed links without an answer: they are never estimated. */
  failed: number;
  /** Hidden links of which nothing can be said. */
  unknown: number;
}

const LAYERS = ['zone', 'coordinates'] as const;
type LayerName = (typeof LAYERS)[number];

/**
 * How far estimates are off: `probes` links of each node are probed, the others hidden, estimated and compared: by the median of
 * their zone pair where `zones` (by node) are given, else by coordinates. The same seed probes the same links.
 */
export function* evaluateEstimates(
  matrix: RttMatrix,
  options: { probes: number; seed: number; zones?: readonly string[] | undefined },
): Pieces<Evaluation> {
  const { probes, seed, zones } = options;
  const probed = probeSome(matrix, probes, seed);
  const coordinates = yield* solveCoordinates(matrix.nodeCount, probed.samples);
  const zoneMedian = zones ? zoneMedians(probed.samples, zones) : () => undefined;
  const errors: Record<LayerName, number[]> = { zone: [], coordinates: [] };
  let unknown = 0;
  for (const { origin, destination, rttMicroseconds } of hiddenLinks(probed)) {
    const [from, to] = [coordinates[origin], coordinates[destination]];
    const median = zoneMedian(origin, destination);
    const estimate = median ?? (from && to && estimateRtt(from, to).rttMicroseconds);
    if (estimate === undefined) {
      unknown++;
      continue;
    }
    const error = Math.abs(estimate - rttMicroseconds) / rttMicroseconds;
    errors[median === undefined ? 'coordinates' : 'zone'].push(error);
  }
  const overall = summaryOf([...errors.zone, ...errors.coordinates]);
  return {
    ...(overall ? { overall } : {}),
    layers: LAYERS.flatMap((name) => {
      const summary = summaryOf(errors[name]);
      return summary ? [{ name, pairs: errors[name].length, ...summary }] : [];
    }),
    probed: probed.samples.length + probed.failed,
    failed: probed.failed,
    unknown,
  };
}

/** Undefined for no errors. */
export function summaryOf(errors: readonly number[]): Errors | undefined {
  const [median, p90] = [quantile(errors, 0.5), quantile(errors, 0.9)];
  return median === undefined || p90 === undefined ? undefined : { median, p90 };
}

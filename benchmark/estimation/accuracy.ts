import { estimateRtt } from '#core/coordinates/coordinate.ts';
import { summaryOf } from '#core/coordinates/evaluation/evaluate.ts';
import { hiddenLinks, type Probed, probeSome } from '#core/coordinates/evaluation/hidden-links.ts';
import { zoneMedians } from '#core/coordinates/evaluation/zone-medians.ts';
import { solveCoordinates } from '#core/coordinates/solve.ts';
import { finish } from '#core/pieces.ts';
import type { EstimatedNetwork } from './networks.ts';
import type { AccuracyRun, Method } from './result.ts';
import { serfCoordinates } from './serf.ts';

/** Each origin of Serf's observes its peers so often. */
const SERF_ROUNDS = 100;

type Estimate = (origin: number, destination: number) => number | undefined;

/** The errors of every method on the same hidden links, of those of which neither direction was probed. */
export function measureAccuracy(network: EstimatedNetwork, probes: number, seed: number): AccuracyRun[] {
  const { zones } = network;
  const probed = probeSome(network.matrix, probes, seed);
  const methods: [Method, Estimate][] = [
    ['coordinates', coordinateEstimates(probed)],
    ['serf', serfCoordinates(probed.matrix.nodeCount, probed.samples, { rounds: SERF_ROUNDS, seed })],
    ...(zones ? [['zone-median', zoneMedians(probed.samples, zones)] satisfies [Method, Estimate]] : []),
  ];
  return methods.flatMap(([method, estimate]) =>
    (zones ? (['within zones', 'between zones'] as const) : (['all'] as const)).flatMap((links) => {
      const wanted = (origin: number, destination: number) =>
        links === 'all' || (zones?.[origin] === zones?.[destination]) === (links === 'within zones');
      const errors = errorsOf(probed, estimate, wanted);
      const summary = summaryOf(errors);
      return summary ? [{ network: network.name, probes, seed, method, links, pairs: errors.length, ...summary }] : [];
    }),
  );
}

function coordinateEstimates({ matrix, samples }: Probed): Estimate {
  const coordinates = finish(solveCoordinates(matrix.nodeCount, samples));
  return (origin, destination) => {
    const [from, to] = [coordinates[origin], coordinates[destination]];
    return from && to && estimateRtt(from, to).rttMicroseconds;
  };
}

function errorsOf(probed: Probed, estimate: Estimate, wanted: (origin: number, destination: number) => boolean) {
  const { nodeCount } = probed.matrix;
  const errors: number[] = [];
  for (const { origin, destination, rttMicroseconds } of hiddenLinks(probed)) {
    if (probed.isProbed[destination * nodeCount + origin] === 1 || !wanted(origin, destination)) continue;
    const estimated = estimate(origin, destination);
    if (estimated !== undefined) errors.push(Math.abs(estimated - rttMicroseconds) / rttMicroseconds);
  }
  return errors;
}

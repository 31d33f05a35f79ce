import { Histogram, type Registry } from 'prom-client';
import type { Aggregation } from '#aggregator/aggregation.ts';
import { addLabelledGauge } from '#aggregator/metrics/gauges.ts';
import type { RttMeasurement } from '#core/api/agent.ts';
import type { ZonePair } from '#core/api/network-topology.ts';

/** So many pairs of zones have series of their own; what is measured between others counts for `other`. */
export const ZONE_PAIRS_LIMIT = 400;
export const OTHER = 'other';
/** From within a rack to around the world. */
export const RTT_BUCKETS = [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

const MEDIANS: readonly { suffix: string; help: string; value(pair: ZonePair): number | undefined }[] = [
  {
    suffix: 'rtt_median_seconds',
    help: 'Median round-trip time.',
    value: ({ rttMicroseconds: rtt }) => (rtt === undefined ? undefined : rtt / 1e6),
  },
  {
    suffix: 'bandwidth_bits_per_second',
    help: 'Median bandwidth.',
    value: ({ bandwidthBitsPerSecond }) => bandwidthBitsPerSecond,
  },
  {
    suffix: 'loss_ratio',
    help: 'Median share of lost pings.',
    value: ({ lossPartsPerMillion: loss }) => (loss === undefined ? undefined : loss / 1e6),
  },
  { suffix: 'links', help: 'Links that the medians are of.', value: ({ links }) => links },
];

export interface ZonePairMetrics {
  /** To be called for every measurement that was taken. */
  observe(origin: string, measurement: RttMeasurement): void;
}

/** The links from one zone to another: a histogram of every RTT that was answered, and medians of the links as they are now. */
export function exposeZonePairs(registry: Registry, aggregation: Aggregation): ZonePairMetrics {
  const labelNames: ('origin' | 'destination')[] = ['origin', 'destination'];
  const admitted = new Map<string, { origin: string; destination: string }>();
  const other = { origin: OTHER, destination: OTHER };
  const histogram = new Histogram({
    name: 'netaware_aggregator_zone_pair_rtt_seconds',
    help: 'Round-trip times that agents measured, by zones.',
    labelNames,
    buckets: RTT_BUCKETS,
    registers: [registry],
    collect() {
      const zones = new Set(aggregation.nodes().map(({ zone }) => zone ?? ''));
      for (const [key, pair] of admitted) {
        if (zones.has(pair.origin) && zones.has(pair.destination)) continue;
        admitted.delete(key);
        this.remove(pair);
      }
    },
  });
  for (const { suffix, help, value } of MEDIANS) {
    addLabelledGauge(
      registry,
      { name: `zone_pair_${suffix}`, help: `${help} Per pair of zones; of the first 400 pairs.`, labelNames },
      () =>
        aggregation
          .overview(Date.now())
          .matrix.zones.slice(0, ZONE_PAIRS_LIMIT)
          .map((pair) => ({
            labels: { origin: pair.origin, destination: pair.destination },
            value: value(pair),
          })),
    );
  }
  function pairOf(origin: string, destination: string): { origin: string; destination: string } {
    const pair = {
      origin: aggregation.node(origin)?.zone ?? '',
      destination: aggregation.node(destination)?.zone ?? '',
    };
    const key = `${pair.origin}\n${pair.destination}`;
    if (admitted.has(key)) return pair;
    if (admitted.size >= ZONE_PAIRS_LIMIT) return other;
    admitted.set(key, pair);
    return pair;
  }
  return {
    observe: (origin, { destination, rttMicroseconds }) => {
      if (rttMicroseconds !== undefined) histogram.observe(pairOf(origin, destination), rttMicroseconds / 1e6);
    },
  };
}

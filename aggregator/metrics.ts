import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Aggregation } from '#aggregator/aggregation.ts';
import { exposeCoverage } from '#aggregator/metrics/coverage.ts';
import { failureClass, methodOf } from '#aggregator/metrics/failure-class.ts';
import { addGauge } from '#aggregator/metrics/gauges.ts';
import { exposeLinks } from '#aggregator/metrics/links.ts';
import { exposeZonePairs, type ZonePairMetrics } from '#aggregator/metrics/zone-pairs.ts';
import type { Measurement } from '#core/api/agent.ts';

export interface AggregatorMetrics {
  reports: Counter<'outcome'>;
  refusedReports: Counter<'reason'>;
  measurements: Counter<'kind' | 'outcome'>;
  failures: Counter<'kind' | 'method' | 'class'>;
  rejectedMeasurements: Counter<'reason'>;
  leases: Counter<'outcome'>;
  apiWrites: Counter<'verb' | 'outcome'>;
  tokenReviews: Counter<'outcome'>;
  refusedCallers: Counter<'reason'>;
  bindings: Counter;
  bindingsNotScored: Counter;
  placementEvents: Counter<'outcome'>;
  plans: Counter<'outcome'>;
  planSeconds: Histogram;
  gatesReleased: Counter<'reason'>;
  gatedPods: Gauge;
}

export function createAggregatorMetrics(registry: Registry): AggregatorMetrics {
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `netaware_aggregator_${name}`, help, labelNames, registers: [registry] });
  return {
    reports: counter('reports_total', 'Reports from agents.', ['outcome']),
    refusedReports: counter('reports_refused_total', 'Reports of which nothing was taken.', ['reason']),
    measurements: counter('measurements_total', 'Measurements that were taken.', ['kind', 'outcome']),
    failures: counter(
      'measurement_failures_total',
      'Measurements without a value, or of pings that were partly lost.',
      ['kind', 'method', 'class'],
    ),
    rejectedMeasurements: counter(
      'measurements_rejected_total',
      'Measurements and readings of interfaces that are not plausible; the rest of their reports was taken.',
      ['reason'],
    ),
    leases: counter('bandwidth_leases_total', 'Bandwidth tests that ended.', ['outcome']),
    apiWrites: counter('api_writes_total', 'Writes to the API server.', ['verb', 'outcome']),
    tokenReviews: counter('token_reviews_total', 'Tokens that the API server was asked about.', ['outcome']),
    refusedCallers: counter('refused_callers_total', 'Requests that were refused for who sent them.', ['reason']),
    bindings: counter('bindings_total', 'Pods of AppGroups that the netaware scheduler bound.', []),
    bindingsNotScored: counter(
      'bindings_not_scored_total',
      'Those of them that were bound without an answer of the extender.',
      [],
    ),
    placementEvents: counter('placement_events_total', 'Events that tell why a pod is on its node.', ['outcome']),
    plans: counter('plans_total', 'Plans for the pods of an AppGroup, with a node for all of them or for a part.', [
      'outcome',
    ]),
    gatesReleased: counter('gates_released_total', 'Pods whose gate netaware.io/ordered was removed.', ['reason']),
    gatedPods: new Gauge({
      name: 'netaware_aggregator_gated_pods',
      help: 'Pods of AppGroups behind the gate netaware.io/ordered.',
      registers: [registry],
    }),
    planSeconds: new Histogram({
      name: 'netaware_aggregator_plan_seconds',
      help: 'Time that making a plan took, with what else was done meanwhile.',
      buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2],
      registers: [registry],
    }),
  };
}

/** What is read from the aggregation at each scrape, and the histograms of what it takes. */
export function exposeAggregation(
  registry: Registry,
  aggregation: Aggregation,
  options: { linkMetricsUpToNodes: number; invalidObjects: () => number },
): ZonePairMetrics {
  exposeCoverage(registry, aggregation, options.linkMetricsUpToNodes);
  exposeLinks(registry, aggregation, options.linkMetricsUpToNodes);
  const gauge = (name: string, help: string, value: () => number) => addGauge(registry, name, help, value);
  gauge('bandwidth_leases_active', 'Bandwidth tests under way.', () => aggregation.leases.activeCount);
  gauge('plan_waiters', 'Requests that wait for a plan to change.', () => aggregation.waiters.count);
  gauge('invalid_objects', 'Objects that are not valid and were ignored.', options.invalidObjects);
  return exposeZonePairs(registry, aggregation);
}

/** Counts a measurement of a report: its outcome, and why it failed where it did. */
export function countMeasurement(metrics: AggregatorMetrics, measurement: Measurement, outcome: string): void {
  const { kind } = measurement;
  metrics.measurements.inc({ kind, outcome });
  const failure = failureClass(measurement);
  if (failure !== undefined) metrics.failures.inc({ kind, method: methodOf(measurement), class: failure });
}

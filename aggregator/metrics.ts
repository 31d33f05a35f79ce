import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Aggregation } from '#aggregator/aggregation.ts';

export interface AggregatorMetrics {
  reports: Counter<'outcome'>;
  refusedReports: Counter<'reason'>;
  measurements: Counter<'kind' | 'outcome'>;
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
    rejectedMeasurements: counter(
      'measurements_rejected_total',
      'Measurements that are not plausible; the others of their reports were taken.',
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

/** Gauges that are read from the aggregation when they are asked for. */
export function exposeAggregation(registry: Registry, aggregation: Aggregation, invalidObjects: () => number): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name: `netaware_aggregator_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  const coverage = () => aggregation.overview(Date.now()).coverage;
  gauge('nodes', 'Nodes that are probed.', () => aggregation.readyNodes());
  gauge('planned_links', 'Links that are probed now.', () => coverage().plannedLinks);
  gauge('measured_links', 'Planned links with a fresh RTT.', () => coverage().measuredLinks);
  gauge('tested_links', 'Planned links with a fresh bandwidth.', () => coverage().testedLinks);
  gauge('coverage_ratio', 'Measured links among the planned ones.', () => {
    const { measuredLinks, plannedLinks } = coverage();
    return plannedLinks === 0 ? 0 : measuredLinks / plannedLinks;
  });
  gauge('oldest_link_age_seconds', 'Age of the oldest fresh RTT of a planned link.', () => {
    return coverage().oldestRttAgeSeconds ?? 0;
  });
  gauge('bandwidth_leases_active', 'Bandwidth tests under way.', () => aggregation.leases.activeCount);
  gauge('plan_waiters', 'Requests that wait for a plan to change.', () => aggregation.waiters.count);
  gauge('invalid_objects', 'Objects that are not valid and were ignored.', invalidObjects);
  exposeLinks(registry, aggregation);
}

/** Beyond this the links would be too many series, and there are the medians of zone pairs instead. */
const LINKS_UP_TO_NODES = 50;

interface LinkMetrics {
  origin: string;
  destination: string;
  rttMicroseconds?: number | undefined;
  bandwidthBitsPerSecond?: number | undefined;
  lossPartsPerMillion?: number | undefined;
}

const LINK_GAUGES: readonly { suffix: string; help: string; value: (link: LinkMetrics) => number | undefined }[] = [
  {
    suffix: 'rtt_seconds',
    help: 'Round-trip time.',
    value: ({ rttMicroseconds: rtt }) => (rtt === undefined ? undefined : rtt / 1e6),
  },
  {
    suffix: 'bandwidth_bits_per_second',
    help: 'TCP bandwidth.',
    value: ({ bandwidthBitsPerSecond }) => bandwidthBitsPerSecond,
  },
  {
    suffix: 'loss_ratio',
    help: 'Lost pings; 1 is unreachable.',
    value: ({ lossPartsPerMillion: loss }) => (loss === undefined ? undefined : loss / 1e6),
  },
];

function exposeLinks(registry: Registry, aggregation: Aggregation): void {
  const few = () => aggregation.nodes().length <= LINKS_UP_TO_NODES;
  const links = () => (few() ? aggregation.nodes().flatMap(({ name }) => linksFrom(aggregation, name)) : []);
  const zones = () => (few() ? [] : aggregation.overview(Date.now()).matrix.zones);
  for (const { suffix, help, value } of LINK_GAUGES) {
    linkGauge(registry, `link_${suffix}`, `${help} Per link; in clusters of up to 50 nodes.`, links, value);
    linkGauge(registry, `zone_pair_${suffix}`, `${help} Median per pair of zones; beyond 50 nodes.`, zones, value);
  }
}

function linkGauge(
  registry: Registry,
  name: string,
  help: string,
  links: () => readonly LinkMetrics[],
  value: (link: LinkMetrics) => number | undefined,
): void {
  new Gauge({
    name: `netaware_aggregator_${name}`,
    help,
    labelNames: ['origin', 'destination'],
    registers: [registry],
    collect() {
      this.reset();
      for (const link of links()) {
        const current = value(link);
        if (current !== undefined) this.set({ origin: link.origin, destination: link.destination }, current);
      }
    },
  });
}

function linksFrom(aggregation: Aggregation, origin: string): LinkMetrics[] {
  return aggregation.store.links(origin).map((link) => ({ origin, ...link }));
}

import type { Registry } from 'prom-client';
import type { Aggregation } from '#aggregator/aggregation.ts';
import { censusOf } from '#aggregator/metrics/census.ts';
import { addGauge, addLabelledGauge } from '#aggregator/metrics/gauges.ts';
import { quantile } from '#core/statistics.ts';

const QUANTILES = [0, 0.5, 0.9, 0.99, 1];

/** How much of the network is known, and how old that is. Series of single nodes only up to so many nodes. */
export function exposeCoverage(registry: Registry, aggregation: Aggregation, upToNodes: number): void {
  const gauge = (name: string, help: string, value: () => number | undefined) => addGauge(registry, name, help, value);
  const coverage = () => aggregation.overview(Date.now()).coverage;
  const census = censusOf(aggregation);
  gauge('nodes', 'Nodes that are probed.', () => aggregation.readyNodes());
  gauge('planned_links', 'Links that are probed now.', () => coverage().plannedLinks);
  gauge('measured_links', 'Planned links with a fresh answer, or known not to answer.', () => coverage().measuredLinks);
  gauge('tested_links', 'Planned links with a fresh bandwidth.', () => coverage().testedLinks);
  gauge('unreachable_links', 'Planned links that do not answer.', () => census().unreachableLinks);
  gauge('coverage_ratio', 'Measured links among the planned ones.', () =>
    share(coverage().measuredLinks, coverage().plannedLinks),
  );
  gauge('fresh_pairs_ratio', 'Measured links among all ordered pairs of nodes; what is left is estimated.', () =>
    share(coverage().measuredLinks, census().pairs),
  );
  gauge(
    'oldest_link_age_seconds',
    'Age of the oldest fresh RTT of a planned link.',
    () => coverage().oldestRttAgeSeconds,
  );
  gauge('slice_links_left_out', 'Links that have no room in their slice.', () => census().leftOutOfSlices);
  quantiles(
    registry,
    'rtt_age_seconds',
    'Quantiles of the age of fresh RTTs of planned links.',
    () => census().rttAges,
  );
  const answered = () => Float64Array.from(census().incoming.values(), (links) => links.answered);
  quantiles(registry, 'incoming_links', 'Quantiles over the nodes of how many others reach them.', answered);
  gauge('unreached_nodes', 'Nodes that others probe, and none of them reaches.', () => {
    return answered().filter((count) => count === 0).length;
  });
  addLabelledGauge(
    registry,
    {
      name: 'node_incoming_links',
      help: 'Others that probe a node, by whether they reach it. In clusters of few nodes.',
      labelNames: ['destination', 'state'],
    },
    () => (aggregation.nodes().length > upToNodes ? [] : incomingSeries(census().incoming)),
  );
}

function quantiles(registry: Registry, name: string, help: string, values: () => Float64Array): void {
  addLabelledGauge(registry, { name, help, labelNames: ['quantile'] }, () => {
    const all = values();
    return QUANTILES.map((q) => ({ labels: { quantile: String(q) }, value: quantile(all, q) }));
  });
}

function* incomingSeries(incoming: ReadonlyMap<string, { planned: number; answered: number }>) {
  for (const [destination, { planned, answered }] of incoming) {
    yield { labels: { destination, state: 'reached' }, value: answered };
    yield { labels: { destination, state: 'not_reached' }, value: planned - answered };
  }
}

function share(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

import { type MetricObject, Registry } from 'prom-client';
import { createAgentMetrics } from '#agent/metrics.ts';
import { Aggregation } from '#aggregator/aggregation.ts';
import { createAggregatorMetrics, exposeAggregation } from '#aggregator/metrics.ts';
import type { ClusterView } from '#scheduler-extender/cluster-view.ts';
import { createExtenderMetrics, exposeView } from '#scheduler-extender/metrics.ts';

/** What each service registers; nothing is asked for its value. */
const SERVICES: Record<string, (registry: Registry) => void> = {
  aggregator: (registry) => {
    createAggregatorMetrics(registry);
    const aggregation = new Aggregation({
      changed: () => {},
      measured: () => {},
      rejected: () => {},
      leaseEnded: () => {},
    });
    exposeAggregation(registry, aggregation, { linkMetricsUpToNodes: 0, invalidObjects: () => 0 });
  },
  agent: (registry) => void createAgentMetrics(registry),
  'scheduler-extender': (registry) => {
    createExtenderMetrics(registry);
    exposeView(registry, {} as ClusterView, () => 0);
  },
};

/** Tables of all metrics of the services, as Markdown. */
export function describeMetrics(): string {
  return Object.entries(SERVICES)
    .map(([service, register]) => {
      const registry = new Registry();
      register(registry);
      const rows = registry.getMetricsAsArray().map(describeMetric).toSorted();
      return [
        `### ${service}`,
        '',
        '| metric | type | labels | what it is |',
        '| --- | --- | --- | --- |',
        ...rows,
      ].join('\n');
    })
    .join('\n\n');
}

function describeMetric(metric: MetricObject): string {
  const { labelNames } = metric as MetricObject & { labelNames?: string[] };
  const labels = (labelNames ?? []).map((label) => `\`${label}\``).join(', ');
  return `| \`${metric.name}\` | ${metric.type} | ${labels} | ${metric.help} |`;
}

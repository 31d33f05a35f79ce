import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Aggregation } from '#aggregator/aggregation.ts';
import { makeClusterNodes } from '#aggregator/builders.ts';
import { exposeAggregation } from '#aggregator/metrics.ts';
import { networkTopologySpec } from '#core/api/network-topology.ts';
import { until } from '#lab/until.ts';
import { createHttpApp } from '#runtime/http-server.ts';
import { createLogger } from '#runtime/logger.ts';
import { findPrometheus, type Prometheus, startPrometheus } from '#test/prometheus.ts';

const program = findPrometheus("the aggregator's metrics in Prometheus");
const DEADLINE_MS = 60_000;
/** Between zone-0 and zone-1, in microseconds. */
const RTTS = [400, 600, 800, 900, 2000, 2000, 2000, 2000, 2000, 40_000];

describe.skipIf(program === undefined)("the aggregator's metrics in Prometheus", () => {
  let prometheus: Prometheus;
  let server: { port: number; close(): Promise<void> };

  beforeAll(async () => {
    const registry = new Registry();
    const aggregation: Aggregation = new Aggregation({
      changed: () => {},
      measured: (origin, measurement) => {
        if (measurement.kind === 'rtt') zonePairs.observe(origin, measurement);
      },
      rejected: () => {},
      leaseEnded: () => {},
    });
    const zonePairs = exposeAggregation(registry, aggregation, { linkMetricsUpToNodes: 50, invalidObjects: () => 0 });
    aggregation.updateCluster(makeClusterNodes(2, 2), networkTopologySpec.parse({}), Date.now());
    const measurements = RTTS.map((rttMicroseconds, index) => ({
      ...{ kind: 'rtt', destination: 'n1', measuredAt: new Date(Date.now() - 1000 * (index + 1)).toISOString() },
      ...{ transmitted: 7, received: 7, rttMicroseconds },
    }));
    aggregation.takeReport({ node: 'n0', measurements }, Date.now());
    server = await createHttpApp({
      logger: createLogger('test', 'silent'),
      registry,
      notReady: () => undefined,
      bodyLimitBytes: 1024,
    }).listen('127.0.0.1', 0);
    prometheus = await startPrometheus(program as string, [`127.0.0.1:${server.port}`]);
  }, 120_000);

  afterAll(async () => {
    await prometheus?.stop();
    await server?.close();
  });

  async function evaluate(expression: string): Promise<number | undefined> {
    await until('a scrape', DEADLINE_MS, async () => {
      const nodes = await prometheus.evaluate('netaware_aggregator_nodes');
      return nodes === undefined ? 'nothing was scraped yet' : undefined;
    });
    return prometheus.evaluate(expression);
  }

  it('give the quantiles of the round trips of a pair of zones', async () => {
    const quantileOf = (q: number) =>
      evaluate(
        `histogram_quantile(${q}, sum by (le) (netaware_aggregator_zone_pair_rtt_seconds_bucket{origin="zone-0",destination="zone-1"}))`,
      );
    expect(await quantileOf(0.1)).toBeCloseTo(0.0005, 6);
    expect(await quantileOf(0.5)).toBeGreaterThan(0.001);
    expect(await quantileOf(0.5)).toBeLessThan(0.0025);
    expect(await quantileOf(0.99)).toBeGreaterThan(0.025);
    expect(await quantileOf(0.99)).toBeLessThan(0.05);
  });

  it('have nothing of the direction that was not measured, and tell who is not reached', async () => {
    expect(await evaluate('netaware_aggregator_zone_pair_rtt_seconds_count{origin="zone-1"}')).toBe(undefined);
    expect(await evaluate('netaware_aggregator_node_incoming_links{destination="n0",state="not_reached"}')).toBe(1);
    expect(await evaluate('netaware_aggregator_coverage_ratio')).toBe(0.5);
  });
});

import fc from 'fast-check';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { Aggregation } from '#aggregator/aggregation.ts';
import { makeClusterNodes } from '#aggregator/builders.ts';
import { RTT_BUCKETS, ZONE_PAIRS_LIMIT } from '#aggregator/metrics/zone-pairs.ts';
import { countMeasurement, createAggregatorMetrics, exposeAggregation } from '#aggregator/metrics.ts';
import type { Measurement } from '#core/api/agent.ts';
import { networkTopologySpec } from '#core/api/network-topology.ts';

const LINK_GAUGES = 5;
const MEDIANS = 4;
/** In smaller clusters every node probes all others. */
const ALL_PAIRS_BELOW_NODES = 40;
/** Buckets, the one without an end, the sum and the count. */
const HISTOGRAM_SERIES = RTT_BUCKETS.length + 3;

function setUp(options: { nodes: number; zones: number; peersPerNode?: number; upToNodes?: number }) {
  const registry = new Registry();
  const metrics = createAggregatorMetrics(registry);
  const aggregation: Aggregation = new Aggregation({
    changed: () => {},
    measured: (origin, measurement, outcome) => {
      countMeasurement(metrics, measurement, outcome);
      if (measurement.kind === 'rtt') zonePairs.observe(origin, measurement);
    },
    rejected: () => {},
    leaseEnded: () => {},
  });
  const { nodes, zones, peersPerNode = 32, upToNodes: linkMetricsUpToNodes = 50 } = options;
  const zonePairs = exposeAggregation(registry, aggregation, { linkMetricsUpToNodes, invalidObjects: () => 0 });
  const spec = networkTopologySpec.parse({ probe: { peersPerNode } });
  const update = (count: number) => aggregation.updateCluster(makeClusterNodes(count, zones), spec, Date.now());
  update(nodes);
  return { registry, aggregation, update };
}

const probe = (destination: string, fields: Partial<Measurement> = {}) => ({
  ...{ kind: 'rtt', destination, measuredAt: new Date().toISOString() },
  ...{ transmitted: 7, received: 7, rttMicroseconds: 2000, jitterMicroseconds: 100 },
  ...fields,
});

/** Nothing is told of a link before a second probe. */
const earlier = () => new Date(Date.now() - 1000).toISOString();

/** Two probes of each planned link. */
function reportAll(aggregation: Aggregation): void {
  for (const { name } of aggregation.nodes()) {
    const peers = aggregation.planFor(name, Date.now())?.peers ?? [];
    if (peers.length === 0) continue;
    const measurements = peers.flatMap(({ node }) => [probe(node, { measuredAt: earlier() }), probe(node)]);
    aggregation.takeReport({ node: name, measurements }, Date.now());
  }
}

/** The lines of a scrape that are series, whose name matches. */
async function scrape(registry: Registry, name: RegExp): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => !line.startsWith('#') && name.test(line));
}

describe('the number of series', () => {
  it('grows with nodes times peers where links are told, and with zone pairs up to a limit anywhere', async () => {
    const cluster = fc.record({
      nodes: fc.integer({ min: 2, max: 60 }),
      zones: fc.integer({ min: 0, max: 30 }),
      peersPerNode: fc.integer({ min: 2, max: 8 }),
      upToNodes: fc.constantFrom(0, 20, 50),
    });
    await fc.assert(
      fc.asyncProperty(cluster, async (given) => {
        const { registry, aggregation } = setUp(given);
        reportAll(aggregation);
        const isSmall = given.nodes <= given.upToNodes;
        const pairs = Math.min(ZONE_PAIRS_LIMIT, Math.max(1, given.zones) ** 2);
        const links = await scrape(registry, /aggregator_link_/);
        expect(links.length).toBeLessThanOrEqual(
          isSmall ? LINK_GAUGES * given.nodes * Math.max(ALL_PAIRS_BELOW_NODES, given.peersPerNode) : 0,
        );
        expect(isSmall && links.length === 0).toBe(false);
        expect((await scrape(registry, /_node_incoming_/)).length).toBeLessThanOrEqual(isSmall ? 2 * given.nodes : 0);
        const histogram = await scrape(registry, /_zone_pair_rtt_seconds_/);
        expect(histogram.length).toBeGreaterThan(0);
        expect(histogram.length).toBeLessThanOrEqual((pairs + 1) * HISTOGRAM_SERIES);
        expect((await scrape(registry, /./)).length).toBeLessThan(
          links.length + 2 * given.nodes + (pairs + 1) * (HISTOGRAM_SERIES + MEDIANS) + 100,
        );
      }),
      { numRuns: 30 },
    );
  });

  it('does not depend on the nodes in a cluster of 5,000', async () => {
    const { registry, aggregation } = setUp({ nodes: 5000, zones: 20, peersPerNode: 4 });
    reportAll(aggregation);
    expect((await scrape(registry, /./)).length).toBeLessThan(400 * (HISTOGRAM_SERIES + MEDIANS) + 100);
  });

  it('counts what is measured between more zones than have series as other', async () => {
    const { registry, aggregation } = setUp({ nodes: 60, zones: 30, peersPerNode: 59 });
    reportAll(aggregation);
    const counts = await scrape(registry, /_zone_pair_rtt_seconds_count/);
    expect(counts).toHaveLength(ZONE_PAIRS_LIMIT + 1);
    const total = counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    expect(total).toBe(2 * 60 * 59);
    expect(counts.some((line) => line.includes('origin="other"'))).toBe(true);
  });
});

describe('a scrape', () => {
  const ofLink = (suffix: string) => `netaware_aggregator_link_${suffix}{origin="n0",destination="n1"}`;

  it('has the link that was measured, and what it was measured at', async () => {
    const { registry, aggregation } = setUp({ nodes: 3, zones: 3 });
    const measurements = [probe('n1', { measuredAt: earlier() }), probe('n1')];
    aggregation.takeReport({ node: 'n0', measurements }, Date.now());
    const links = await scrape(registry, /aggregator_link_/);
    expect(links).toContain(`${ofLink('rtt_seconds')} 0.002`);
    expect(links).toContain(`${ofLink('jitter_seconds')} 0.0001`);
    expect(links).toContain(`${ofLink('loss_ratio')} 0`);
    expect(await scrape(registry, /_zone_pair_rtt_seconds_bucket.*0.0025/)).toEqual([
      'netaware_aggregator_zone_pair_rtt_seconds_bucket{le="0.0025",origin="zone-0",destination="zone-1"} 2',
    ]);
    expect(await scrape(registry, /_node_incoming_links.*destination="n1"/)).toEqual([
      'netaware_aggregator_node_incoming_links{destination="n1",state="reached"} 1',
      'netaware_aggregator_node_incoming_links{destination="n1",state="not_reached"} 1',
    ]);
  });

  it('has no value of what failed: only its loss, its age, and its class', async () => {
    const { registry, aggregation } = setUp({ nodes: 2, zones: 2 });
    const measurements = [1, 2, 3, 4].map((seconds) => ({
      ...{ kind: 'rtt', destination: 'n1', measuredAt: new Date(Date.now() - seconds * 1000).toISOString() },
      ...{ transmitted: 7, received: 0 },
    }));
    aggregation.takeReport(
      { node: 'n0', measurements: [probe('n1', { measuredAt: new Date(Date.now() - 9000).toISOString() })] },
      Date.now(),
    );
    aggregation.takeReport({ node: 'n0', measurements }, Date.now());
    expect(await scrape(registry, /_link_(rtt|jitter|bandwidth)/)).toEqual([]);
    expect(await scrape(registry, /_link_loss/)).toEqual([`${ofLink('loss_ratio')} 1`]);
    expect(await scrape(registry, /_measurement_failures_total/)).toEqual([
      'netaware_aggregator_measurement_failures_total{kind="rtt",method="icmp",class="unanswered"} 4',
    ]);
    expect(await scrape(registry, /_rtt_seconds_count/)).toHaveLength(1);
    expect(await scrape(registry, /_(unreachable_links|unreached_nodes)/)).toEqual([
      'netaware_aggregator_unreachable_links 1',
      'netaware_aggregator_unreached_nodes 2',
    ]);
  });

  it('has no ages and no shares where there is nothing to take them of', async () => {
    const { registry } = setUp({ nodes: 1, zones: 1 });
    expect(
      await scrape(registry, /_(rtt_age_seconds|oldest_link_age_seconds|coverage_ratio|fresh_pairs_ratio)/),
    ).toEqual([]);
  });

  it('has nothing of nodes and zones that are gone', async () => {
    const { registry, aggregation, update } = setUp({ nodes: 3, zones: 3 });
    reportAll(aggregation);
    expect(await scrape(registry, /"n2"/)).not.toEqual([]);
    expect(await scrape(registry, /"zone-2"/)).not.toEqual([]);
    update(2);
    expect(await scrape(registry, /"n2"/)).toEqual([]);
    expect(await scrape(registry, /"zone-2"/)).toEqual([]);
    expect(await scrape(registry, /"n1"/)).not.toEqual([]);
  });
});

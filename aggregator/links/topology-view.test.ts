import { describe, expect, it } from 'vitest';
import { makeClusterNodes } from '#aggregator/builders.ts';
import { linkViews, type MeasuredLinks, topologyView, zonePairView } from '#aggregator/links/topology-view.ts';
import { networkTopologySpec } from '#core/api/network-topology.ts';
import { topologyView as topologyViewSchema } from '#core/api/topology-view.ts';
import { LinkMatrix } from '#core/topology/link-matrix.ts';
import { makeSlice, NOW_MS, secondsAgo } from '#test/builders.ts';

const SLICE = makeSlice('n0', {
  n1: {
    rttMicroseconds: 12_345,
    jitterMicroseconds: 67,
    lossPartsPerMillion: 25_000,
    bandwidthBitsPerSecond: 940_123_456,
    rttMeasuredAt: secondsAgo(12),
    bandwidthMeasuredAt: secondsAgo(300),
  },
});

const MEASURED: MeasuredLinks = {
  links: (origin) => (origin === 'n0' ? SLICE.links : []),
  congestionControl: () => 'cubic',
  udp: (origin) =>
    origin === 'n0' ? { measuredAtMs: NOW_MS - 7000, jitterMicroseconds: 250, lossPartsPerMillion: 1000 } : undefined,
};

function view(nodeCount: number, zones: number) {
  const nodes = makeClusterNodes(nodeCount, zones);
  const matrix = LinkMatrix.of({ nodes, slices: [SLICE], spec: networkTopologySpec.parse({}), nowMs: NOW_MS });
  const coverage = { plannedLinks: 0, measuredLinks: 0, testableLinks: 0, testedLinks: 0 };
  const overview = { matrix, coverage, version: 1, madeAtMs: NOW_MS };
  return { overview, measured: MEASURED, view: topologyView(overview, nodes, MEASURED) };
}

describe('topologyView', () => {
  it('tells every link of a small cluster in ms, percent and Mbit/s', () => {
    const parsed = topologyViewSchema.parse(view(3, 3).view);
    expect(parsed.nodes[0]).toMatchObject({ name: 'n0', zone: 'zone-0', address: '10.0.0.0', ready: true });
    expect(parsed.links).toHaveLength(6);
    expect(parsed.links[0]).toMatchObject({
      origin: 'n0',
      destination: 'n1',
      source: 'measured',
      rttMs: 12.345,
      jitterMs: 0.067,
      lossPercent: 2.5,
      lossPercentInterval: [0.778, 7.7364],
      bandwidthMbps: 940.123,
      congestionControl: 'cubic',
      ageSeconds: 12,
      samples: 100,
      udp: { jitterMs: 0.25, lossPercent: 0.1, ageSeconds: 7 },
    });
  });

  it('tells only what was measured in a large cluster', () => {
    expect(view(101, 3).view.links).toHaveLength(1);
    expect(view(100, 3).view.links).toHaveLength(9900);
  });

  it('says of links of which nothing is known just that, without a cost', () => {
    const unknown = view(3, 0).view.links.filter(({ source }) => source === 'unknown');
    expect(unknown).toHaveLength(5);
    expect(unknown.every(({ cost, rttMs }) => cost === undefined && rttMs === undefined)).toBe(true);
  });
});

describe('linkViews', () => {
  it('has one link for two nodes and none for one', () => {
    const { overview, measured } = view(3, 3);
    expect(linkViews(overview, ['n0'], ['n1'], measured)).toHaveLength(1);
    expect(linkViews(overview, ['n0'], ['n0'], measured)).toEqual([]);
  });

  it('have an interval of the loss where it is of the link itself', () => {
    const { overview, measured } = view(3, 3);
    expect(linkViews(overview, ['n1'], ['n0'], measured)[0]).not.toHaveProperty(
      'lossPercentInterval',
      expect.anything(),
    );
  });
});

describe('the congestion control of a link', () => {
  it('is told where the bandwidth was measured on the link itself, not where it is estimated', () => {
    const links = view(3, 3).view.links.map(({ bandwidthSource, congestionControl }) => [
      bandwidthSource,
      congestionControl,
    ]);
    expect(links.filter(([source]) => source === 'measured')).toEqual([['measured', 'cubic']]);
    expect(links.filter(([, name]) => name !== undefined)).toHaveLength(1);
  });
});

describe('zonePairView', () => {
  it('tells the medians in the units of people', () => {
    const { overview } = view(3, 3);
    expect(overview.matrix.zones.map(zonePairView)).toEqual([
      { origin: 'zone-0', destination: 'zone-1', links: 1, rttMs: 12.345, lossPercent: 2.5, bandwidthMbps: 940.123 },
    ]);
  });
});

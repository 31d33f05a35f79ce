import { describe, expect, it } from 'vitest';
import { diktyoNetworkTopology } from '#core/api/diktyo.ts';
import type { ZonePair } from '#core/api/network-topology.ts';
import { chooseTable } from '#core/diktyo/network-topology.ts';
import { publishedCosts, publishedSpec } from '#core/diktyo/published-topology.ts';

const maxima = { rttMicroseconds: 10_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 };
const weights = { latency: 100, bandwidth: 0, loss: 0 };
const pair = (origin: string, destination: string, rttMs: number, more: Partial<ZonePair> = {}): ZonePair => ({
  origin,
  destination,
  rttMicroseconds: rttMs * 1000,
  links: 1,
  ...more,
});
const node = (zone?: string, region?: string) => ({ name: `${zone}-${region}`, zone, region });
const costsOf = (
  zones: ZonePair[],
  nodes = [node('e1', 'east'), node('e2', 'east'), node('w1', 'west'), node('w2', 'west')],
) => publishedCosts({ zones, nodes, maxima, weights });

describe('costs to be published', () => {
  it('are between zones of one region, and between regions the median by links', () => {
    const costs = costsOf([
      pair('e1', 'e1', 0.1),
      pair('e1', 'e2', 0.5, { bandwidthBitsPerSecond: 9e8 }),
      pair('e1', 'w1', 4, { links: 2, bandwidthBitsPerSecond: 1e8 }),
      pair('e1', 'w2', 2),
      pair('e2', 'w1', 9, { bandwidthBitsPerSecond: 2e8 }),
    ]);
    expect(costs).toEqual({
      zone: [
        { origin: 'e1', destination: 'e2', networkCost: 5, bandwidthCapacity: 9e8, links: 1 },
        { origin: 'e2', destination: 'e1', networkCost: 5, bandwidthCapacity: 9e8, links: 1 },
      ],
      region: [
        { origin: 'east', destination: 'west', networkCost: 40, bandwidthCapacity: 1e8, links: 4 },
        { origin: 'west', destination: 'east', networkCost: 40, bandwidthCapacity: 1e8, links: 4 },
      ],
    });
  });

  it.each([
    ['at least 1', 0.001, 1],
    ['at most 100', 500, 100],
    ['rounded', 1.26, 13],
  ])('are %s', (_what, rttMs, networkCost) => {
    expect(costsOf([pair('e1', 'e2', rttMs)]).zone[0]).toMatchObject({ networkCost });
  });

  it('keep their direction where both are measured', () => {
    const { zone } = costsOf([pair('e1', 'e2', 1), pair('e2', 'e1', 3)]);
    expect(zone.map(({ origin, networkCost }) => [origin, networkCost])).toEqual([
      ['e1', 10],
      ['e2', 30],
    ]);
  });

  it('are between zones where no node has a region', () => {
    const { zone, region } = costsOf([pair('a', 'b', 1)], [node('a'), node('b')]);
    expect({ zones: zone.length, regions: region.length }).toEqual({ zones: 2, regions: 0 });
  });

  it('leave out pairs of which nothing is known that weighs', () => {
    expect(costsOf([{ origin: 'e1', destination: 'e2', links: 3, bandwidthBitsPerSecond: 1e6 }])).toEqual({
      zone: [],
      region: [],
    });
  });

  it('are read back as they were written', () => {
    const spec = publishedSpec(costsOf([pair('e1', 'e2', 1), pair('e2', 'w1', 7)]));
    const read = diktyoNetworkTopology.parse({ metadata: { name: 'measured' }, spec });
    expect(chooseTable([read], { weightsName: 'NetAware' }).table).toEqual([
      { topologyKey: 'region', origin: 'east', destination: 'west', networkCost: 70 },
      { topologyKey: 'region', origin: 'west', destination: 'east', networkCost: 70 },
      { topologyKey: 'zone', origin: 'e1', destination: 'e2', networkCost: 10 },
      { topologyKey: 'zone', origin: 'e2', destination: 'e1', networkCost: 10 },
    ]);
  });
});

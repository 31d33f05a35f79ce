import { expect, it } from 'vitest';
import { REGION_LABEL, ZONE_LABEL } from '#core/api/kubernetes.ts';
import { LINKS_PER_NODE, makeCluster } from './cluster.ts';
import { networkOverheadTopology } from './network-overhead-objects.ts';
import { makeZonedNetwork } from './zoned-network.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const network = makeZonedNetwork(1);
const { nodes, slices } = makeCluster(200, network, 1, NOW_MS);

it('spreads the nodes evenly over the zones', () => {
  const perZone = Map.groupBy(nodes, ({ metadata }) => metadata.labels?.[ZONE_LABEL]);
  expect(perZone.size).toBe(network.zones.length);
  expect([...perZone.values()].map((members) => members.length)).toEqual(network.zones.map(() => 10));
});

it('gives each node as many measured links to distinct others as it probes', () => {
  for (const { origin, links } of slices) {
    const destinations = new Set(links.map(({ destination }) => destination));
    expect(destinations.size).toBe(LINKS_PER_NODE);
    expect(destinations).not.toContain(origin);
  }
});

it('measures close to the RTT between the zones', () => {
  const zoneOf = new Map(nodes.map(({ metadata }) => [metadata.name, zone(metadata.labels?.[ZONE_LABEL])]));
  for (const { origin, links } of slices) {
    for (const { destination, rttMicroseconds = Number.NaN } of links) {
      const truth = network.rttMicroseconds(must(zoneOf.get(origin)), must(zoneOf.get(destination)));
      expect(Math.abs(rttMicroseconds / truth - 1)).toBeLessThan(0.11);
    }
  }
});

it('is the same for the same seed, and another for another', () => {
  expect(makeCluster(200, makeZonedNetwork(1), 1, NOW_MS).slices).toEqual(slices);
  expect(makeCluster(200, makeZonedNetwork(2), 2, NOW_MS).slices).not.toEqual(slices);
});

it('tells NetworkOverhead of the same distances, from 1 to 100', () => {
  const { spec } = networkOverheadTopology(network, 'default') as {
    spec: { weights: { topologyList: { topologyKey: string; originList: Origin[] }[] }[] };
  };
  const [regions, zones] = spec.weights[0]?.topologyList ?? [];
  expect([regions?.topologyKey, zones?.topologyKey]).toEqual([REGION_LABEL, ZONE_LABEL]);
  const costs = [...(regions?.originList ?? []), ...(zones?.originList ?? [])].flatMap(({ costList }) =>
    costList.map(({ networkCost }) => networkCost),
  );
  expect(Math.max(...costs)).toBe(100);
  expect(Math.min(...costs)).toBeGreaterThanOrEqual(1);
  expect(regions?.originList).toHaveLength(4);
  expect(zones?.originList.map(({ costList }) => costList.length)).toEqual(network.zones.map(() => 4));
});

interface Origin {
  origin: string;
  costList: { destination: string; networkCost: number }[];
}

function zone(name: string | undefined) {
  return must(network.zones.find((candidate) => candidate.name === name));
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('missing');
  return value;
}

import { describe, expect, it } from 'vitest';
import { createRandom } from '#core/random.ts';
import { drawNetwork, NETWORK_KINDS, type Network, zoneCosts } from './networks.ts';

/** Twelve nodes of two far-apart halves; the last one answers to nobody. */
const planetLab = {
  rttMs: Array.from({ length: 12 }, (_, from) =>
    Array.from({ length: 12 }, (_unused, to) => {
      if (from === to || from === 11 || to === 11) return 0;
      return from % 2 === to % 2 ? 5 + from + to / 10 : 100 + to;
    }),
  ),
};

const draw = (kind: (typeof NETWORK_KINDS)[number], seed = 1, nodes = 8): Network =>
  drawNetwork(kind, nodes, createRandom(seed), planetLab);

describe.each(NETWORK_KINDS)('a %s network', (kind) => {
  it('is the same for the same seed, and another one for another', () => {
    const { sites, rttMicroseconds } = draw(kind);
    expect({ sites, rttMicroseconds }).toEqual({
      sites: draw(kind).sites,
      rttMicroseconds: draw(kind).rttMicroseconds,
    });
    expect(draw(kind, 2).rttMicroseconds).not.toEqual(rttMicroseconds);
  });

  it('has an RTT for each pair of nodes, shorter within a zone than between two on the whole', () => {
    const { sites, rttMicroseconds } = draw(kind);
    expect(sites).toHaveLength(8);
    const [within, between]: [number[], number[]] = [[], []];
    for (const [from, row] of rttMicroseconds.entries()) {
      for (const [to, rtt] of row.entries()) {
        if (from === to) continue;
        expect(rtt).toBeGreaterThan(0);
        (sites[from]?.zone === sites[to]?.zone ? within : between).push(rtt);
      }
    }
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(within)).toBeLessThan(mean(between));
  });

  it('gives a user costs of 1 to 100 to write down for each pair of zones, the farthest 100', () => {
    const network = draw(kind);
    const costOf = zoneCosts(network);
    const zones = [...new Set(network.sites.map(({ zone }) => zone))];
    const costs = zones.flatMap((origin) => zones.map((destination) => costOf(origin, destination)));
    expect(Math.max(...costs)).toBe(100);
    expect(Math.min(...costs)).toBeGreaterThanOrEqual(1);
    expect(costs.every(Number.isInteger)).toBe(true);
  });
});

describe('a network of PlanetLab', () => {
  it('takes nodes that answer to each other', () => {
    const { rttMicroseconds } = draw('planetlab', 3, 11);
    expect(rttMicroseconds.flat().filter((rtt) => rtt === 0)).toHaveLength(11);
  });

  it('cannot be made without the RTTs, or of more nodes than answer', () => {
    expect(() => drawNetwork('planetlab', 3, createRandom(1))).toThrow('--planetlab');
    expect(() => draw('planetlab', 1, 12)).toThrow('too few of the nodes of PlanetLab answer to 12 others');
  });
});

it('has the front of an app at the edge only where there is one', () => {
  const edges = NETWORK_KINDS.filter((kind) => draw(kind).sites.some(({ isEdge }) => isEdge));
  expect(edges).toEqual(['edge-cloud']);
});

import type { TopologyNode } from '#core/topology/measured-links.ts';

/** Places of nodes: a zone in a region. */
export interface Places {
  /** For each node the number of its place, which it shares with all nodes of its zone and region: 0..placeCount − 1. */
  places: Uint32Array;
  placeCount: number;
}

export function placesOf(nodes: readonly TopologyNode[]): Places {
  const numbers = new Map<string, number>();
  const places = Uint32Array.from(nodes, ({ zone, region }) => {
    const place = JSON.stringify([zone, region]);
    const number = numbers.get(place) ?? numbers.size;
    numbers.set(place, number);
    return number;
  });
  return { places, placeCount: numbers.size };
}

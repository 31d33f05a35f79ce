import type { LinkMaxima, ZonePair } from '#core/api/network-topology.ts';
import type { Pieces } from '#core/pieces.ts';
import { quantile } from '#core/statistics.ts';
import { type LinkReading, type TopologyNode, valuesOf } from '#core/topology/measured-links.ts';

/**
 * Medians of the links from each zone to each other (and within), sorted by origin and destination. Nodes without a
 * zone label belong to no pair; unreachable links have no place in a median.
 */
export function* zonePairs(readings: readonly LinkReading[], nodes: readonly TopologyNode[]): Pieces<ZonePair[]> {
  const names = [...new Set(nodes.flatMap(({ zone }) => zone ?? []))];
  const numbers = new Map<string | undefined, number>(names.map((name, number) => [name, number]));
  const zones = Int32Array.from(nodes, ({ zone }) => numbers.get(zone) ?? -1);
  const groups = new Map<number, LinkReading[]>();
  for (const [position, reading] of readings.entries()) {
    if (position % READINGS_AT_ONCE === 0) yield;
    const [origin, destination] = [zones[reading.from] as number, zones[reading.to] as number];
    if (origin < 0 || destination < 0 || reading.unreachable) continue;
    const key = origin * names.length + destination;
    const group = groups.get(key);
    if (group) group.push(reading);
    else groups.set(key, [reading]);
  }
  const pairs: ZonePair[] = [];
  let gone = 0;
  for (const [key, members] of groups) {
    const [origin, destination] = [names[Math.trunc(key / names.length)], names[key % names.length]];
    pairs.push({ origin: origin as string, destination: destination as string, ...medians(members) });
    gone += members.length;
    if (gone < READINGS_AT_ONCE) continue;
    gone = 0;
    yield;
  }
  return pairs.sort((a, b) => compare(a.origin, b.origin) || compare(a.destination, b.destination));
}

/** After so many readings comes the next piece. */
const READINGS_AT_ONCE = 3000;

function medians(readings: readonly LinkReading[]): Omit<ZonePair, 'origin' | 'destination'> {
  const rtt = medianOf(readings, 'rttMicroseconds');
  const bandwidth = medianOf(readings, 'bandwidthBitsPerSecond');
  const loss = medianOf(readings, 'lossPartsPerMillion');
  return {
    ...(rtt === undefined ? {} : { rttMicroseconds: rtt }),
    ...(bandwidth === undefined ? {} : { bandwidthBitsPerSecond: bandwidth }),
    ...(loss === undefined ? {} : { lossPartsPerMillion: loss }),
    links: readings.length,
  };
}

function medianOf(readings: readonly LinkReading[], metric: keyof LinkMaxima): number | undefined {
  const middle = quantile(valuesOf(readings, metric), 0.5);
  return middle === undefined ? undefined : Math.round(middle);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

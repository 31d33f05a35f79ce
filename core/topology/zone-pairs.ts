import type { ZonePair } from '#core/api/network-topology.ts';
import { median } from '#core/statistics.ts';
import type { LinkReading, TopologyNode } from '#core/topology/measured-links.ts';

/**
 * Medians of the links from each zone to each other (and within), sorted by origin and destination. Nodes without a
 * zone label belong to no pair; unreachable links have no place in a median.
 */
export function zonePairs(readings: readonly LinkReading[], nodes: readonly TopologyNode[]): ZonePair[] {
  const zoneOf = new Map(nodes.map(({ name, zone }) => [name, zone]));
  const groups = new Map<string, { origin: string; destination: string; readings: LinkReading[] }>();
  for (const reading of readings) {
    const origin = zoneOf.get(reading.origin);
    const destination = zoneOf.get(reading.destination);
    if (origin === undefined || destination === undefined || reading.unreachable) continue;
    const key = `${origin}\n${destination}`;
    const group = groups.get(key);
    if (group) group.readings.push(reading);
    else groups.set(key, { origin, destination, readings: [reading] });
  }
  return [...groups.values()]
    .map(({ origin, destination, readings: members }) => ({ origin, destination, ...medians(members) }))
    .toSorted((a, b) => compare(a.origin, b.origin) || compare(a.destination, b.destination));
}

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

type Metric = 'rttMicroseconds' | 'bandwidthBitsPerSecond' | 'lossPartsPerMillion';

function medianOf(readings: readonly LinkReading[], metric: Metric): number | undefined {
  const middle = median(readings.flatMap((reading) => reading[metric] ?? []));
  return middle === undefined ? undefined : Math.round(middle);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

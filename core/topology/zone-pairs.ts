import type { LinkMaxima, ZonePair } from '#core/api/network-topology.ts';
import type { Pieces } from '#core/pieces.ts';
import { quantile } from '#core/statistics.ts';
import { STATE } from '#core/topology/link-row.ts';
import type { LinkRows } from '#core/topology/link-rows.ts';
import { usableValue } from '#core/topology/usable-value.ts';

type Metric = keyof LinkMaxima;

interface Group {
  links: number;
  values: Record<Metric, number[]>;
}

/**
 * Medians of the links from each zone to each other (and within), sorted by origin and destination. Nodes without a
 * zone label belong to no pair; unreachable links have no place in a median. Rows that change meanwhile may be in as they were.
 */
export function* zonePairs(rows: LinkRows): Pieces<ZonePair[]> {
  const { nodes } = rows;
  const names = [...new Set(nodes.flatMap(({ zone }) => zone ?? []))];
  const numbers = new Map<string | undefined, number>(names.map((name, number) => [name, number]));
  const zones = Int32Array.from(nodes, ({ zone }) => numbers.get(zone) ?? -1);
  const groups = yield* groupsOf(rows, zones, names.length);
  const pairs: ZonePair[] = [];
  for (const [key, group] of groups) {
    const [origin, destination] = [names[Math.trunc(key / names.length)], names[key % names.length]];
    pairs.push({ origin: origin as string, destination: destination as string, ...(yield* medians(group)) });
  }
  return pairs.sort((a, b) => compare(a.origin, b.origin) || compare(a.destination, b.destination));
}

/** After so many links comes the next piece. */
const LINKS_AT_ONCE = 5000;

/** Usable links by the numbers of their zones: origin · zoneCount + destination. */
function* groupsOf(rows: LinkRows, zones: Int32Array, zoneCount: number): Pieces<Map<number, Group>> {
  const groups = new Map<number, Group>();
  let read = 0;
  for (let origin = 0; origin < zones.length; origin++) {
    const [row, zone] = [rows.row(origin), zones[origin] as number];
    if (row === undefined || zone < 0) continue;
    for (let link = 0; link < row.to.length; link++) {
      const state = row.states[link] as number;
      const destination = state === 0 ? -1 : (zones[row.to[link] as number] as number);
      if (destination < 0 || (state & STATE.unreachable) !== 0) continue;
      const key = zone * zoneCount + destination;
      const group = groups.get(key) ?? emptyGroup();
      groups.set(key, group);
      group.links++;
      for (const metric of METRICS) {
        const value = usableValue(row, link, metric);
        if (!Number.isNaN(value)) group.values[metric].push(value);
      }
    }
    read += row.to.length;
    if (read < LINKS_AT_ONCE) continue;
    read = 0;
    yield;
  }
  return groups;
}

const METRICS = ['rttMicroseconds', 'bandwidthBitsPerSecond', 'lossPartsPerMillion'] as const;

function emptyGroup(): Group {
  return { links: 0, values: { rttMicroseconds: [], bandwidthBitsPerSecond: [], lossPartsPerMillion: [] } };
}

function* medians({ links, values }: Group): Pieces<Omit<ZonePair, 'origin' | 'destination'>> {
  const found: Partial<Record<Metric, number>> = {};
  for (const metric of METRICS) {
    yield;
    const middle = quantile(values[metric], 0.5);
    if (middle !== undefined) found[metric] = Math.round(middle);
  }
  return { ...found, links };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

import { AppError } from '#core/errors.ts';
import { median } from '#core/statistics.ts';
import type { RttMatrix } from './planetlab.ts';

export const NETWORK_KINDS = ['zoned', 'edge-cloud', 'geometric', 'planetlab'] as const;
export type NetworkKind = (typeof NETWORK_KINDS)[number];

export interface Site {
  name: string;
  zone: string;
  /** How large the node is, relative to the others. */
  size: number;
  /** Where users are: the front of an app has to be in one of these zones. No site has it where that does not matter. */
  isEdge: boolean;
}

/** Nodes, and what each measures to each other. */
export interface Network {
  sites: readonly Site[];
  /** By the positions of origin and destination. */
  rttMicroseconds: readonly (readonly number[])[];
  bandwidthBitsPerSecond(origin: number, destination: number): number;
}

type Random = () => number;

/** A network of so many nodes. `planetLab`: measured RTTs, for the kind that is made of them. */
export function drawNetwork(kind: NetworkKind, nodes: number, random: Random, planetLab?: RttMatrix): Network {
  switch (kind) {
    case 'zoned':
      return zoned(nodes, random);
    case 'edge-cloud':
      return edgeCloud(nodes, random);
    case 'geometric':
      return geometric(nodes, random);
    case 'planetlab':
      if (planetLab === undefined)
        throw new AppError('INVALID_INPUT', 'a network of PlanetLab needs its RTTs: --planetlab');
      return subMatrix(planetLab, nodes, random);
  }
}

/** 3 to 5 zones; 0.2 to 1 ms within a zone, 2 to 80 ms between two. */
function zoned(nodes: number, random: Random): Network {
  const zones = Math.min(nodes, 3 + Math.floor(random() * 3));
  const sites = indexes(nodes).map((node) => site(node, node % zones, sizeOf(random)));
  const rtts = new Map<string, number>();
  const rttOf = (a: string, b: string) => {
    const key = [a, b].toSorted().join(' ');
    const rtt = rtts.get(key) ?? (a === b ? between(random, 200, 1000) : between(random, 2000, 80_000));
    rtts.set(key, rtt);
    return rtt * between(random, 0.95, 1.05);
  };
  return networkOf(sites, (origin, destination) => rttOf(origin.zone, destination.zone));
}

/**
 * A third of the nodes, the large ones, in a cloud, the others in edge sites of one or two nodes, 10 to 60 ms from the cloud: from
 * one site to another is by the cloud.
 */
function edgeCloud(nodes: number, random: Random): Network {
  const cloudNodes = Math.max(1, Math.round(nodes / 3));
  const edges = Math.max(1, Math.ceil((nodes - cloudNodes) / 2));
  const sites = indexes(nodes).map((node) => {
    const isEdge = node >= cloudNodes;
    const zone = isEdge ? 1 + ((node - cloudNodes) % edges) : 0;
    return { ...site(node, zone, sizeOf(random) * (isEdge ? 1 : 3)), isEdge };
  });
  const uplinks = new Map(
    indexes(edges + 1).map((zone) => [zoneName(zone), zone === 0 ? 0 : between(random, 10_000, 60_000)]),
  );
  return networkOf(sites, ({ zone: from, isEdge }, { zone: to }) => {
    const way = from === to ? 0 : (uplinks.get(from) ?? 0) + (uplinks.get(to) ?? 0);
    return (way + (isEdge ? 1000 : 400)) * between(random, 0.95, 1.05);
  });
}

/** Nodes anywhere in a square of 40 ms; their zones are its quarters. */
function geometric(nodes: number, random: Random): Network {
  const points = indexes(nodes).map(() => ({ x: random(), y: random() }));
  const sites = points.map(({ x, y }, node) => site(node, Number(x > 0.5) + 2 * Number(y > 0.5), sizeOf(random)));
  return measuredNetwork(
    sites,
    points.map((a) => points.map((b) => 300 + 40_000 * Math.hypot(a.x - b.x, a.y - b.y))),
  );
}

/** Nodes that answer to each other are drawn from those measured; their zones are whoever is within 15 ms of a node without one. */
function subMatrix({ rttMs }: RttMatrix, nodes: number, random: Random): Network {
  const chosen: number[] = [];
  const answers = (a: number, b: number) => (rttMs[a]?.[b] ?? 0) > 0 && (rttMs[b]?.[a] ?? 0) > 0;
  for (let draws = 0; chosen.length < nodes; draws++) {
    if (draws > 100 * rttMs.length)
      throw new AppError('INVALID_INPUT', `too few of the nodes of PlanetLab answer to ${nodes} others`);
    const node = Math.floor(random() * rttMs.length);
    if (!chosen.includes(node) && chosen.every((other) => answers(node, other))) chosen.push(node);
  }
  const rtts = chosen.map((a) => chosen.map((b) => Math.round(1000 * (rttMs[a]?.[b] ?? 0))));
  return measuredNetwork(
    nearbyZones(rtts).map((zone, node) => site(node, zone, sizeOf(random))),
    rtts,
  );
}

const NEARBY_MICROSECONDS = 15_000;

/** By RTTs in microseconds, the zone of each node: that of the first node without a zone which is within 15 ms. */
export function nearbyZones(rtts: readonly (readonly number[])[]): number[] {
  const centres: number[] = [];
  return rtts.map((row, node) => {
    const zone = centres.findIndex((centre) => (row[centre] as number) < NEARBY_MICROSECONDS);
    if (zone !== -1) return zone;
    return centres.push(node) - 1;
  });
}

/** What a user would write for each pair of zones: the median, in parts per hundred of the largest, at least 1. */
export function zoneCosts({ sites, rttMicroseconds }: Network): (origin: string, destination: string) => number {
  const byPair = new Map<string, number[]>();
  for (const [from, origin] of sites.entries()) {
    for (const [to, destination] of sites.entries()) {
      const key = pairKey(origin.zone, destination.zone);
      const rtts = byPair.get(key) ?? [];
      byPair.set(key, rtts);
      if (from !== to) rtts.push(rttMicroseconds[from]?.[to] as number);
    }
  }
  const medians = new Map([...byPair].map(([key, rtts]) => [key, median(rtts) ?? 0]));
  const largest = Math.max(...medians.values());
  return (origin, destination) =>
    Math.max(1, Math.round((100 * (medians.get(pairKey(origin, destination)) ?? largest)) / largest));
}

function networkOf(sites: readonly Site[], rtt: (origin: Site, destination: Site) => number): Network {
  return measuredNetwork(
    sites,
    sites.map((origin) => sites.map((destination) => rtt(origin, destination))),
  );
}

/** 1 Gbit/s within a zone, a fifth of that between two. */
function measuredNetwork(sites: readonly Site[], rtts: readonly (readonly number[])[]): Network {
  return {
    sites,
    rttMicroseconds: rtts.map((row) => row.map(Math.round)),
    bandwidthBitsPerSecond: (origin, destination) => (sites[origin]?.zone === sites[destination]?.zone ? 1e9 : 2e8),
  };
}

function site(node: number, zone: number, size: number): Site {
  return { name: `n${String(node).padStart(3, '0')}`, zone: zoneName(zone), size, isEdge: false };
}

function zoneName(zone: number): string {
  return `z${zone}`;
}

function pairKey(origin: string, destination: string): string {
  return `${origin} ${destination}`;
}

function sizeOf(random: Random): number {
  return between(random, 0.5, 1.5);
}

function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low);
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

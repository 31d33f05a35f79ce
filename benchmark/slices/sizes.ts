import { sliceOf } from '#aggregator/publishing/slice-content.ts';
import { API_VERSION } from '#core/api/names.ts';
import type { MeasuredLink } from '#core/api/network-topology-slice.ts';
import { mean } from '#core/statistics.ts';
import { makeNoisyNetwork } from './network.ts';
import type { SizeRun } from './result.ts';
import { asStored, type SentObject } from './stored-form.ts';

const TIME_MS = Date.UTC(2026, 0, 1, 12);
const IDENTITY = { uid: '00000000-0000-4000-8000-000000000000', resourceVersion: '123456789' };
/** Beside the peers of the present turn those of the one before are fresh for a while. */
const TURNS = 2;
const RING_SHARE = 0.25;

/** Bytes of all that is stored, in slices, in one object, and with an object for each pair that is measured. */
export function measureSizes({ nodes, peers, seed }: { nodes: number; peers: number; seed: number }): SizeRun {
  const network = makeNoisyNetwork(nodes, seed);
  const names = network.nodes.map(({ name }) => name);
  const linksOf = (from: number): MeasuredLink[] => {
    const count = Math.min(nodes - 1, Math.ceil(peers * (RING_SHARE + (1 - RING_SHARE) * TURNS)));
    const destinations = Array.from({ length: count }, (_, index) => names[(from + 1 + index) % nodes] as string);
    return destinations
      .toSorted()
      .map((destination) => linkFrom(network.probe(names[from] as string, destination, TIME_MS, 1)));
  };
  const all = names.map((_, index) => linksOf(index));
  const slices = network.nodes.map((node, index) =>
    bytesOf(sliceOf(node, all[index] ?? [], { writtenAtMs: TIME_MS }) as SentObject),
  );
  const links = all.reduce((sum, { length }) => sum + length, 0);
  const pair = bytesOf(alternative(`${names[0]}--${names[1]}`, (all[0] ?? []).slice(0, 1)));
  const single = alternative(
    'default',
    all.flatMap((some, index) => some.map((link) => ({ origin: names[index], ...link }))),
  );
  return {
    nodes,
    peers,
    links,
    slices: {
      objects: nodes,
      meanBytes: mean(slices) ?? 0,
      largestBytes: Math.max(...slices),
      totalBytes: sum(slices),
    },
    single: { objects: 1, meanBytes: bytesOf(single), largestBytes: bytesOf(single), totalBytes: bytesOf(single) },
    perPair: { objects: links, meanBytes: pair, largestBytes: pair, totalBytes: links * pair },
  };
}

function linkFrom({
  destination,
  rttMicroseconds,
  jitterMicroseconds,
  measuredAt,
}: {
  destination: string;
  rttMicroseconds?: number | undefined;
  jitterMicroseconds?: number | undefined;
  measuredAt: string;
}): MeasuredLink {
  return {
    destination,
    rttMicroseconds,
    jitterMicroseconds,
    lossPartsPerMillion: 0,
    bandwidthBitsPerSecond: 1_000_000_000,
    rttMeasuredAt: measuredAt,
    bandwidthMeasuredAt: measuredAt,
    samples: 420,
  };
}

function alternative(name: string, links: readonly MeasuredLink[]): SentObject {
  return { apiVersion: API_VERSION, kind: 'NetworkTopologySlice', metadata: { name }, links };
}

function bytesOf(object: SentObject): number {
  return JSON.stringify(asStored(object, IDENTITY)).length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

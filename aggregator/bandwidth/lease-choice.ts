import type { ByteRoom } from '#aggregator/bandwidth/byte-budget.ts';
import type { BandwidthProbe } from '#core/api/network-topology.ts';
import { type DirectedPair, zonePairOf } from '#core/measurement/bandwidth-rounds.ts';

/** A link whose bandwidth may be tested. */
export interface TestCandidate extends DirectedPair {
  /** Of either direction, -Infinity where there was none. */
  lastAttemptMs: number;
  expectedBytes: number;
}

/**
 * Which tests to start now: those whose last attempt is the longest ago, in the given order where that is equal, as long
 * as no node is in two tests, no pair of different zones has more than concurrencyPerZonePair, the cluster no more than
 * concurrency, and the bytes of the last hour leave room at both ends and in the cluster. A node whose next test only waits for
 * the other end to finish its own waits for it, too: so tests go on in rounds, however the ends of tests are scattered.
 */
export function chooseTests<Candidate extends TestCandidate>(input: {
  /** Made only if there is room for a test at all. */
  candidates: () => Candidate[];
  active: readonly DirectedPair[];
  zoneOf: (node: string) => string;
  probe: BandwidthProbe;
  room: ByteRoom;
}): Candidate[] {
  const { active, zoneOf, probe, room } = input;
  const most = probe.concurrency - active.length;
  if (most <= 0 || room.cluster <= 0) return [];

  const running = new Set(active.flatMap(({ origin, destination }) => [origin, destination]));
  const claimed = new Set<string>();
  const perZonePair = new Map<string, number>();
  for (const pair of active) count(perZonePair, zonePairOf(pair, zoneOf));

  const chosen: Candidate[] = [];
  let bytesLeft = room.cluster;
  for (const candidate of input.candidates().toSorted(byLastAttempt)) {
    if (chosen.length === most) break;
    const { origin, destination, expectedBytes } = candidate;
    if (running.has(origin) && running.has(destination)) continue;
    if (claimed.has(origin) || claimed.has(destination)) continue;
    const zones = zonePairOf(candidate, zoneOf);
    if (zones !== undefined && (perZonePair.get(zones) ?? 0) >= probe.concurrencyPerZonePair) continue;
    if (expectedBytes > Math.min(bytesLeft, room.of(origin), room.of(destination))) continue;
    claimed.add(origin).add(destination);
    if (running.has(origin) || running.has(destination)) continue;
    count(perZonePair, zones);
    bytesLeft -= expectedBytes;
    chosen.push(candidate);
  }
  return chosen;
}

const FIRST_RETRY_MS = 10_000;

/** A failed test is tried again after 10 s, and after twice the time with each further failure, up to the interval. */
export function retryDelayMs(failures: number, intervalSeconds: number): number {
  return Math.min(intervalSeconds * 1000, FIRST_RETRY_MS * 2 ** (failures - 1));
}

function byLastAttempt(a: TestCandidate, b: TestCandidate): number {
  if (a.lastAttemptMs === b.lastAttemptMs) return 0;
  return a.lastAttemptMs < b.lastAttemptMs ? -1 : 1;
}

function count(counts: Map<string, number>, key: string | undefined): void {
  if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
}

import type { ProbeSettings } from '#core/api/network-topology.ts';
import type { DirectedPair } from '#core/measurement/bandwidth-rounds.ts';

export type BandwidthProbe = ProbeSettings['bandwidth'];

/** A link whose bandwidth may be tested; lastAttemptMs is -Infinity where it never was. */
export interface TestCandidate extends DirectedPair {
  lastAttemptMs: number;
}

/**
 * Which tests to start now: those whose last attempt is the longest ago, in the given order where that is equal, as long
 * as no node is in two tests, no pair of zones has more than concurrencyPerZonePair, the cluster no more than concurrency,
 * and the bytes used within the last hour leave room for a whole test.
 */
export function chooseTests(input: {
  /** Made only if there is room for a test at all. */
  candidates: () => TestCandidate[];
  active: readonly DirectedPair[];
  zoneOf: (node: string) => string;
  probe: BandwidthProbe;
  bytesUsed: number;
}): DirectedPair[] {
  const { active, zoneOf, probe } = input;
  const affordable = Math.floor((probe.bytesPerHour - input.bytesUsed) / probe.bytesPerTest);
  const room = Math.min(probe.concurrency - active.length, affordable);
  if (room <= 0) return [];

  const running = [...active];
  const busy = new Set(running.flatMap(({ origin, destination }) => [origin, destination]));
  const perZonePair = new Map<string, number>();
  for (const pair of running) count(perZonePair, zonePairOf(pair, zoneOf));

  const chosen: DirectedPair[] = [];
  for (const { origin, destination } of input.candidates().toSorted(byLastAttempt)) {
    if (chosen.length === room) break;
    const zones = zonePairOf({ origin, destination }, zoneOf);
    if (busy.has(origin) || busy.has(destination)) continue;
    if ((perZonePair.get(zones) ?? 0) >= probe.concurrencyPerZonePair) continue;
    busy.add(origin).add(destination);
    count(perZonePair, zones);
    chosen.push({ origin, destination });
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

/** Both directions share what lies between two zones. */
function zonePairOf({ origin, destination }: DirectedPair, zoneOf: (node: string) => string): string {
  return [zoneOf(origin), zoneOf(destination)].toSorted().join('\n');
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

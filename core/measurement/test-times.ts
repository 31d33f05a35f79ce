import type { BandwidthProbe } from '#core/api/network-topology.ts';
import { type DirectedPair, zonePairOf } from '#core/measurement/bandwidth-rounds.ts';

export interface DueTest extends DirectedPair {
  /** From now on; 0 for at once. */
  dueInSeconds: number;
  expectedBytes: number;
}

/** What tests may move in an hour, and did in the last. */
export interface HourlyBytes {
  allowed: number;
  used: number;
}

export interface TestLimits {
  probe: BandwidthProbe;
  zoneOf(node: string): string;
  /** Absent where bytes do not count. */
  bytes?: { cluster: HourlyBytes; of(node: string): HourlyBytes };
}

/**
 * When each of the tests will start, in seconds from now, as far as one can tell: each in its turn, as soon as it is due, both ends
 * and a place are free, and the bytes allow it. What was used is taken to come free evenly over the hour.
 */
export function testTimes(tests: readonly DueTest[], { probe, zoneOf, bytes }: TestLimits): number[] {
  const testSeconds = probe.seconds + probe.omitSeconds;
  const freeAt = new Map<string, number>();
  const places = new Map<string, number[]>();
  const spent = new Map<string, number>();
  const order = [...tests.keys()].sort((a, b) => dueOf(a) - dueOf(b) || a - b);
  const starts = tests.map(() => 0);
  for (const index of order) {
    const { origin, destination, expectedBytes } = tests[index] as DueTest;
    const taken = [placesOf('', probe.concurrency)];
    const zones = zonePairOf({ origin, destination }, zoneOf);
    if (zones !== undefined) taken.push(placesOf(zones, probe.concurrencyPerZonePair));
    const start = Math.max(
      dueOf(index),
      freeAt.get(origin) ?? 0,
      freeAt.get(destination) ?? 0,
      ...taken.map((list) => Math.min(...list)),
      ...(bytes === undefined
        ? []
        : [
            affordableIn('', bytes.cluster, expectedBytes),
            affordableIn(origin, bytes.of(origin), expectedBytes),
            affordableIn(destination, bytes.of(destination), expectedBytes),
          ]),
    );
    starts[index] = start;
    for (const list of taken) list[list.indexOf(Math.min(...list))] = start + testSeconds;
    for (const node of [origin, destination]) freeAt.set(node, start + testSeconds);
    for (const key of ['', origin, destination]) spent.set(key, (spent.get(key) ?? 0) + expectedBytes);
  }
  return starts;

  function dueOf(index: number): number {
    return Math.max(0, (tests[index] as DueTest).dueInSeconds);
  }

  function placesOf(key: string, count: number): number[] {
    const known = places.get(key) ?? Array<number>(count).fill(0);
    places.set(key, known);
    return known;
  }

  function affordableIn(key: string, { allowed, used }: HourlyBytes, more: number): number {
    return Math.max(0, ((used + (spent.get(key) ?? 0) + more - allowed) / allowed) * 3600);
  }
}

/** How long a test of each pair takes, one cycle: by places and ends alone, and by the bytes of an hour alone. */
export function cycleSeconds(
  tests: readonly DueTest[],
  limits: TestLimits,
  allowed: { cluster: number; of(node: string): number },
): { byRounds: number; byBudget: number } {
  const { probe, zoneOf } = limits;
  const atOnce = tests.map((test) => ({ ...test, dueInSeconds: 0 }));
  const testSeconds = probe.seconds + probe.omitSeconds;
  const last = testTimes(atOnce, { probe, zoneOf }).reduce((latest, start) => Math.max(latest, start + testSeconds), 0);
  const bytes = new Map<string, number>();
  let all = 0;
  for (const { origin, destination, expectedBytes } of tests) {
    all += expectedBytes;
    for (const node of [origin, destination]) bytes.set(node, (bytes.get(node) ?? 0) + expectedBytes);
  }
  const hours = [...bytes].reduce((most, [node, sum]) => Math.max(most, sum / allowed.of(node)), 0);
  return { byRounds: last, byBudget: Math.max(hours, all === 0 ? 0 : all / allowed.cluster) * 3600 };
}

import type { NodeTests } from '#aggregator/bandwidth/node-tests.ts';
import type { RttMeasurement } from '#core/api/agent.ts';
import type { ProbeSettings } from '#core/api/network-topology.ts';

/** By which the clocks of nodes are taken to differ from ours: NTP keeps them closer. */
const CLOCK_DIFFERENCE_MS = 500;
/** ping waits so long where its last packet is not answered. */
const LAST_REPLY_MS = 2000;
/** A link whose last answer is younger than this share of the time that it is fresh can do without a sample. */
const SPARING_SHARE = 0.5;

/** What it depends on whether a bandwidth test disturbed a probe. */
export interface ProbeGround {
  tests: Pick<NodeTests, 'wasInTest'>;
  pace: Pick<ProbeSettings, 'packets' | 'packetIntervalMilliseconds'>;
  /** So long a link's RTT is fresh. */
  freshMs: number;
  /** When a link was last probed (Unix ms), if that was answered; -Infinity otherwise. */
  answeredAtMs(origin: string, destination: string): number;
  nowMs: number;
}

/**
 * Whether a probe is to be left out because its destination was in a bandwidth test meanwhile. Not where the origin was the
 * other end: its agent rests its probes and marks its own. A probe without any answer is no matter of a test, which slows
 * packets and drops some.
 */
export function isDisturbedByTest(
  origin: string,
  { destination, transmitted, received }: RttMeasurement,
  measuredAtMs: number,
  { tests, pace, freshMs, answeredAtMs, nowMs }: ProbeGround,
): boolean {
  if (received === 0) return false;
  // Agents tell the end of a probe, which is never later than its report.
  const endedAtMs = Math.min(measuredAtMs, nowMs);
  const tookMs = pace.packets * pace.packetIntervalMilliseconds + (received < transmitted ? LAST_REPLY_MS : 0);
  const fromMs = endedAtMs - tookMs - CLOCK_DIFFERENCE_MS;
  if (!tests.wasInTest(destination, origin, fromMs, endedAtMs + CLOCK_DIFFERENCE_MS)) return false;
  return canSpare(answeredAtMs(origin, destination), measuredAtMs, freshMs);
}

/**
 * Whether a link can do without a sample: its last probe was answered, less than half of the time ago that an RTT is fresh. So
 * the RTT of a link between nodes that are in tests all the time gets old, but never stale. The same sample again is none.
 */
export function canSpare(answeredAtMs: number, measuredAtMs: number, freshMs: number): boolean {
  return measuredAtMs !== answeredAtMs && measuredAtMs - answeredAtMs < SPARING_SHARE * freshMs;
}

import type { BandwidthMeasurement, RttMeasurement } from '#core/api/agent.ts';
import type { MeasuredLink } from '#core/api/network-topology-slice.ts';
import { currentLevel, type LevelRule } from '#core/measurement/link-window-level.ts';
import {
  createProbeSlots,
  insertProbe,
  oldestProbe,
  type Probe,
  type ProbeSlots,
  readProbes,
} from '#core/measurement/link-window-probes.ts';
import { median } from '#core/statistics.ts';

export type LinkSample = RttMeasurement | BandwidthMeasurement;

/**
 * `duplicate` has the time of a sample that is there; `stale` is older than all that the full window holds; `future` is
 * later than allowed; `valueless` is a bandwidth test that failed. None but `added` changes the window.
 */
export type SampleOutcome = 'added' | 'duplicate' | 'stale' | 'future' | 'valueless';

/** The last samples of one directed link. Written by addSample only; everything in it is bounded. */
export interface LinkWindow {
  probes: ProbeSlots;
  /** Older probes, which count for loss only, oldest first. */
  blocks: LossBlock[];
  tests: BandwidthTest[];
}

interface LossBlock {
  probes: number;
  transmitted: number;
  received: number;
}

interface BandwidthTest {
  measuredAtMs: number;
  bandwidthBitsPerSecond: number;
}

/** Enough for a level (5 probes), what it is compared with (5 before) and a few without an answer. */
const PROBES = 12;
/** Enough for a level (3 tests) and what it is compared with. */
const TESTS = 5;
/** Loss is of PROBES and up to BLOCKS x BLOCK_PROBES older ones (60 in all), and of few more pings than LOSS_PINGS. */
const BLOCKS = 2;
const BLOCK_PROBES = 24;
const LOSS_PINGS = 5000;
const UNREACHABLE_PROBES = 3;
const UNREACHABLE_PARTS_PER_MILLION = 1_000_000;

// The median of the last 3-5 predicts the next value best on calm networks, the last value where the level jumps.
const RTT_LEVEL: LevelRule = { values: 5, confirmations: 3, ratio: 0.25, atLeast: 200 };
const BANDWIDTH_LEVEL: LevelRule = { values: 3, confirmations: 2, ratio: 0.25, atLeast: 0 };

export function createLinkWindow(): LinkWindow {
  return { probes: createProbeSlots(PROBES), blocks: [], tests: [] };
}

/**
 * Puts a sample in its place by time, so that the order of arrival does not matter as long as nothing is stale. Changes
 * `window`. `latestMs` (Unix time) is the latest time that a sample may have: now and what clocks may differ.
 */
export function addSample(window: LinkWindow, sample: LinkSample, latestMs: number): SampleOutcome {
  const measuredAtMs = Date.parse(sample.measuredAt);
  if (measuredAtMs > latestMs) return 'future';
  return sample.kind === 'rtt' ? addProbe(window, sample, measuredAtMs) : addTest(window, sample, measuredAtMs);
}

/** What the window says of its link. A link whose last 3 probes got no reply at all is unreachable (loss 1000000). */
export function summarize(window: LinkWindow): Omit<MeasuredLink, 'destination'> {
  const probes = readProbes(window.probes);
  const answered = probes.filter(({ received }) => received > 0);
  const rtts = currentLevel(
    answered.flatMap(({ rttMicroseconds }) => rttMicroseconds ?? []),
    RTT_LEVEL,
  );
  const level = answered.slice(answered.length - rtts.length);
  const jitters = level.flatMap(({ jitterMicroseconds }) => jitterMicroseconds ?? []);
  const bandwidths = currentLevel(
    window.tests.map(({ bandwidthBitsPerSecond }) => bandwidthBitsPerSecond),
    BANDWIDTH_LEVEL,
  );
  return {
    rttMicroseconds: roundedMedian(rtts),
    jitterMicroseconds: roundedMedian(jitters),
    bandwidthBitsPerSecond: roundedMedian(bandwidths),
    rttMeasuredAt: latestTimestamp(probes),
    bandwidthMeasuredAt: latestTimestamp(window.tests),
    ...summarizeLoss(probes, window.blocks),
  };
}

function addProbe(window: LinkWindow, sample: RttMeasurement, measuredAtMs: number): SampleOutcome {
  const { transmitted, received, rttMicroseconds, jitterMicroseconds } = sample;
  const oldest = oldestProbe(window.probes);
  const outcome = insertProbe(window.probes, {
    measuredAtMs,
    transmitted,
    received,
    rttMicroseconds,
    jitterMicroseconds,
  });
  if (outcome === 'added' && oldest !== undefined) retire(window, oldest);
  return outcome;
}

function addTest(window: LinkWindow, sample: BandwidthMeasurement, measuredAtMs: number): SampleOutcome {
  const { bandwidthBitsPerSecond } = sample;
  if (bandwidthBitsPerSecond === undefined) return 'valueless';
  const outcome = insertTest(window.tests, { measuredAtMs, bandwidthBitsPerSecond });
  if (window.tests.length > TESTS) window.tests.shift();
  return outcome;
}

function insertTest(tests: BandwidthTest[], test: BandwidthTest): SampleOutcome {
  const before = tests.findLastIndex(({ measuredAtMs }) => measuredAtMs <= test.measuredAtMs);
  if (tests[before]?.measuredAtMs === test.measuredAtMs) return 'duplicate';
  if (before === -1 && tests.length === TESTS) return 'stale';
  tests.splice(before + 1, 0, test);
  return 'added';
}

function retire(window: LinkWindow, { transmitted, received }: Probe): void {
  const newest = window.blocks.at(-1);
  if (newest === undefined || newest.probes === BLOCK_PROBES) {
    window.blocks = window.blocks.slice(1 - BLOCKS).concat({ probes: 1, transmitted, received });
    return;
  }
  newest.probes += 1;
  newest.transmitted += transmitted;
  newest.received += received;
}

function summarizeLoss(
  probes: readonly Probe[],
  blocks: readonly LossBlock[],
): Pick<MeasuredLink, 'lossPartsPerMillion' | 'samples'> {
  if (probes.length === 0) return { lossPartsPerMillion: undefined, samples: 0 };
  let transmitted = 0;
  let received = 0;
  for (const part of [...probes.toReversed(), ...blocks.toReversed()]) {
    if (transmitted >= LOSS_PINGS) break;
    transmitted += part.transmitted;
    received += part.received;
  }
  const unreachable = probes.slice(-UNREACHABLE_PROBES).every((probe) => probe.received === 0);
  const lost = Math.round((UNREACHABLE_PARTS_PER_MILLION * (transmitted - received)) / transmitted);
  const lossPartsPerMillion = unreachable
    ? UNREACHABLE_PARTS_PER_MILLION
    : Math.min(lost, UNREACHABLE_PARTS_PER_MILLION - 1);
  return { lossPartsPerMillion, samples: transmitted };
}

function roundedMedian(values: readonly number[]): number | undefined {
  const middle = median(values);
  return middle === undefined ? undefined : Math.round(middle);
}

function latestTimestamp(items: readonly { measuredAtMs: number }[]): string | undefined {
  const latest = items.at(-1);
  return latest === undefined ? undefined : new Date(latest.measuredAtMs).toISOString();
}

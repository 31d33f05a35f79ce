import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canSpare, isDisturbedByTest, type ProbeGround } from '#aggregator/bandwidth/disturbed-probes.ts';
import { NodeTests } from '#aggregator/bandwidth/node-tests.ts';
import { NOW_MS } from '#test/builders.ts';

const FRESH_MS = 300_000;
const PROBE = { kind: 'rtt', destination: 'b', measuredAt: '', transmitted: 7, received: 7 } as const;

/** `b` tested with `c` from 10 s to 5 s ago; the link from `a` was answered a minute ago. */
function makeGround(ground: Partial<ProbeGround> = {}): ProbeGround {
  const tests = new NodeTests();
  tests.began({ origin: 'c', destination: 'b' }, NOW_MS - 10_000);
  tests.ended({ origin: 'c', destination: 'b' }, NOW_MS - 5000);
  return {
    tests,
    pace: { packets: 7, packetIntervalMilliseconds: 200 },
    freshMs: FRESH_MS,
    answeredAtMs: () => NOW_MS - 60_000,
    nowMs: NOW_MS,
    ...ground,
  };
}

describe('a probe', () => {
  // It takes 1.4 s, and clocks may differ by 0.5 s.
  it.each([
    { behaviour: 'ended before the test began', endedMsAgo: 10_501, want: false },
    { behaviour: 'ended when it began, by a clock that is late', endedMsAgo: 10_500, want: true },
    { behaviour: 'ended amid it', endedMsAgo: 7000, want: true },
    { behaviour: 'had not yet ended when the test had', endedMsAgo: 3100, want: true },
    { behaviour: 'began after it', endedMsAgo: 3099, want: false },
    { behaviour: 'began after it, unless it waited for a last answer', received: 6, endedMsAgo: 3099, want: true },
    { behaviour: 'lost its last packet and began after it', received: 6, endedMsAgo: 1099, want: false },
    { behaviour: 'was not answered at all', received: 0, endedMsAgo: 7000, want: false },
    { behaviour: 'is of an end of the test', origin: 'c', endedMsAgo: 7000, want: false },
    { behaviour: 'is to a node without a test', destination: 'd', endedMsAgo: 7000, want: false },
    { behaviour: 'is to the other end', destination: 'c', endedMsAgo: 7000, want: true },
  ])('that $behaviour was disturbed: $want', ({ endedMsAgo, want, origin = 'a', ...probe }) => {
    const ground = makeGround();
    expect(isDisturbedByTest(origin, { ...PROBE, ...probe }, NOW_MS - endedMsAgo, ground)).toBe(want);
  });

  it('by a clock that is ahead is taken to have ended when it came', () => {
    const ground = makeGround({ nowMs: NOW_MS - 5000 });
    expect(isDisturbedByTest('a', PROBE, NOW_MS + 30_000, ground)).toBe(true);
  });

  it('is taken although it was disturbed where the link cannot do without', () => {
    for (const answeredAtMs of [NOW_MS - 7000 - FRESH_MS / 2, Number.NEGATIVE_INFINITY]) {
      const ground = makeGround({ answeredAtMs: () => answeredAtMs });
      expect(isDisturbedByTest('a', PROBE, NOW_MS - 7000, ground)).toBe(false);
    }
  });
});

describe('a link', () => {
  it.each([
    { behaviour: 'was never answered', answeredMsBefore: Number.POSITIVE_INFINITY, want: false },
    { behaviour: 'was answered half of its fresh time before', answeredMsBefore: FRESH_MS / 2, want: false },
    { behaviour: 'was answered later', answeredMsBefore: FRESH_MS / 2 - 1, want: true },
    { behaviour: 'was answered after the sample', answeredMsBefore: -1, want: true },
    { behaviour: 'has the very sample', answeredMsBefore: 0, want: false },
  ])('that $behaviour can do without a sample: $want', ({ answeredMsBefore, want }) => {
    expect(canSpare(NOW_MS - answeredMsBefore, NOW_MS, FRESH_MS)).toBe(want);
  });

  it('is never older than half of its fresh time and an interval, whichever of its probes tests disturb', () => {
    const probes = fc.array(fc.boolean(), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(probes, fc.integer({ min: 1, max: 30 }), (disturbed, intervalSeconds) => {
        const freshMs = Math.max(FRESH_MS, 10_000 * intervalSeconds);
        let answeredAtMs = Number.NEGATIVE_INFINITY;
        for (const [turn, isDisturbed] of disturbed.entries()) {
          const measuredAtMs = turn * intervalSeconds * 1000;
          if (!isDisturbed || !canSpare(answeredAtMs, measuredAtMs, freshMs)) answeredAtMs = measuredAtMs;
          expect(measuredAtMs - answeredAtMs).toBeLessThan(freshMs / 2);
        }
      }),
    );
  });
});

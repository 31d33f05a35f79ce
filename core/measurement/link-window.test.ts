import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addSample,
  createLinkWindow,
  type LinkSample,
  type LinkWindow,
  summarize,
} from '#core/measurement/link-window.ts';

const START_MS = Date.UTC(2026, 0, 1);

describe('RTT and jitter of a link', () => {
  it.each([
    { behaviour: 'one probe speaks for itself', rtts: [800], want: 800 },
    { behaviour: 'the median ignores a spike', rtts: [1000, 1010, 9000, 1020, 1000], want: 1010 },
    { behaviour: 'only the last five count', rtts: [1000, 1000, 1000, 1100, 1100, 1100, 1200, 1200], want: 1100 },
    { behaviour: 'two values off the level are not a shift', rtts: [1000, 1000, 1000, 2000, 2000], want: 1000 },
    { behaviour: 'three values above the level restart', rtts: [1000, 1000, 1000, 3000, 2000, 2400], want: 2400 },
    { behaviour: 'three values below the level restart', rtts: [9000, 9000, 9000, 5000, 4000, 3000], want: 4000 },
    { behaviour: 'the new level grows until it is five', rtts: [1000, 1000, 3000, 3000, 3000, 3100], want: 3000 },
    { behaviour: 'values on both sides are no shift', rtts: [1000, 1000, 1000, 3000, 100, 3000], want: 1000 },
    { behaviour: 'a shift of 200 microseconds is noise', rtts: [100, 100, 100, 290, 295, 290], want: 290 },
  ])('$behaviour', ({ rtts, want }) => {
    expect(summarize(windowOf(rtts.map((rtt, second) => probe({ second, rtt })))).rttMicroseconds).toBe(want);
  });

  it('takes the jitter of the probes that make up the level', () => {
    const samples = [1000, 1000, 1000, 5000, 5000, 5000].map((rtt, second) => probe({ second, rtt, jitter: rtt / 10 }));
    expect(summarize(windowOf(samples)).jitterMicroseconds).toBe(500);
  });

  it('does without jitter where single replies have none', () => {
    const summary = summarize(windowOf([{ ...probe({ second: 0, rtt: 100 }), jitterMicroseconds: undefined }]));
    expect(summary).toMatchObject({ rttMicroseconds: 100, jitterMicroseconds: undefined });
  });

  it('has no value at all before the first probe', () => {
    expect(summarize(createLinkWindow())).toEqual({ samples: 0 });
  });
});

describe('loss of a link', () => {
  it('is of the pings of the last probes together', () => {
    const window = windowOf([probe({ second: 0, received: 7 }), probe({ second: 1, received: 6 })]);
    expect(summarize(window)).toMatchObject({ lossPartsPerMillion: 71_429, samples: 14 });
  });

  it('says unreachable after three probes without a reply, and keeps the last RTT', () => {
    const window = windowOf([0, 1, 2].map((second) => probe({ second, rtt: 400 })));
    add(window, probe({ second: 3, received: 0 }));
    add(window, probe({ second: 4, received: 0 }));
    expect(summarize(window).lossPartsPerMillion).toBe(400_000);
    add(window, probe({ second: 5, received: 0 }));
    expect(summarize(window)).toMatchObject({
      lossPartsPerMillion: 1_000_000,
      rttMicroseconds: 400,
      rttMeasuredAt: '2026-01-01T00:00:05.000Z',
    });
    add(window, probe({ second: 6, received: 1 }));
    expect(summarize(window).lossPartsPerMillion).toBeLessThan(1_000_000);
  });

  it('says unreachable where the only probe got no reply', () => {
    expect(summarize(windowOf([probe({ second: 0, received: 0 })]))).toMatchObject({
      lossPartsPerMillion: 1_000_000,
      rttMicroseconds: undefined,
      samples: 7,
    });
  });

  it('forgets a loss after sixty probes, and not before thirty-six', () => {
    const window = windowOf([probe({ second: 0, received: 0 })]);
    for (let second = 1; second < 36; second += 1) add(window, probe({ second }));
    expect(summarize(window).lossPartsPerMillion).toBeGreaterThan(0);
    for (let second = 36; second < 61; second += 1) add(window, probe({ second }));
    expect(summarize(window).lossPartsPerMillion).toBe(0);
    expect(summarize(window).samples).toBeLessThanOrEqual(60 * 7);
  });

  it('needs fewer probes where each sends many pings', () => {
    const window = createLinkWindow();
    for (let second = 0; second < 60; second += 1) {
      add(window, probe({ second, transmitted: 1000, received: second < 55 ? 500 : 1000 }));
    }
    expect(summarize(window)).toMatchObject({ lossPartsPerMillion: 0, samples: 5000 });
  });

  it('never rounds up to unreachable', () => {
    const one = probe({ second: 0, transmitted: 100_000, received: 1 });
    const none = probe({ second: 1, transmitted: 100_000, received: 0 });
    expect(summarize(windowOf([one, none])).lossPartsPerMillion).toBe(999_999);
  });
});

describe('bandwidth of a link', () => {
  it.each([
    { behaviour: 'one test speaks for itself', tests: [900], want: 900 },
    { behaviour: 'the median ignores one bad test', tests: [900, 300, 910], want: 900 },
    { behaviour: 'two tests off the level replace it', tests: [900, 900, 900, 300, 320], want: 310 },
    { behaviour: 'small changes are no shift', tests: [900, 1000, 1000], want: 1000 },
  ])('$behaviour', ({ tests, want }) => {
    const window = windowOf(tests.map((bandwidth, second) => test({ second, bandwidth })));
    expect(summarize(window)).toMatchObject({
      bandwidthBitsPerSecond: want,
      bandwidthMeasuredAt: new Date(START_MS + (tests.length - 1) * 1000).toISOString(),
      samples: 0,
    });
  });

  it('is not touched by a failed test', () => {
    const window = windowOf([test({ second: 0, bandwidth: 900 })]);
    const before = summarize(window);
    const failed = { ...test({ second: 1, bandwidth: 1 }), bandwidthBitsPerSecond: undefined, error: 'refused' };
    expect(add(window, failed)).toBe('valueless');
    expect(summarize(window)).toEqual(before);
  });

  it('refuses a test twice, and one older than the five that it keeps', () => {
    const window = windowOf([10, 11, 12, 13, 14].map((second) => test({ second, bandwidth: 900 })));
    expect(add(window, test({ second: 12, bandwidth: 1 }))).toBe('duplicate');
    expect(add(window, test({ second: 9, bandwidth: 1 }))).toBe('stale');
    expect(add(window, test({ second: 15, bandwidth: 900 }))).toBe('added');
    expect(add(window, test({ second: 10, bandwidth: 1 }))).toBe('stale');
  });
});

describe('addSample', () => {
  it('refuses a sample that is later than allowed', () => {
    const window = createLinkWindow();
    const sample = probe({ second: 10 });
    expect(addSample(window, sample, START_MS + 9_999)).toBe('future');
    expect(addSample(window, sample, START_MS + 10_000)).toBe('added');
  });

  it('refuses a probe that is older than a full window', () => {
    const window = windowOf(Array.from({ length: 12 }, (_, second) => probe({ second: 100 + second })));
    expect(add(window, probe({ second: 99 }))).toBe('stale');
  });

  it('puts late samples in their place: the order of arrival does not matter', () => {
    const ascending = fc.array(arbitraryProbe(), { maxLength: 12 }).map((probes) => probes.map(atSecond));
    fc.assert(
      fc.property(ascending, fc.infiniteStream(fc.nat()), (samples, randoms) => {
        const keyed = samples.map((sample) => ({ sample, key: randoms.next().value }));
        const shuffled = keyed.toSorted((one, other) => one.key - other.key).map(({ sample }) => sample);
        expect(summarize(windowOf(shuffled))).toEqual(summarize(windowOf(samples)));
      }),
    );
  });

  it('changes nothing when samples come twice', () => {
    fc.assert(
      fc.property(fc.array(arbitraryProbe(), { minLength: 1, maxLength: 80 }), (probes) => {
        const samples = probes.map(atSecond);
        const window = windowOf(samples);
        const before = summarize(window);
        for (const sample of samples) expect(['duplicate', 'stale']).toContain(add(window, sample));
        expect(summarize(window)).toEqual(before);
      }),
    );
  });

  it('keeps every figure within the figures of its samples', () => {
    fc.assert(
      fc.property(fc.array(arbitraryProbe(), { minLength: 1, maxLength: 80 }), (probes) => {
        const samples = probes.map(atSecond);
        const { rttMicroseconds, lossPartsPerMillion, samples: pings } = summarize(windowOf(samples));
        const rtts = samples.flatMap((sample) => sample.rttMicroseconds ?? []);
        if (rttMicroseconds !== undefined) {
          expect(rttMicroseconds).toBeGreaterThanOrEqual(Math.min(...rtts));
          expect(rttMicroseconds).toBeLessThanOrEqual(Math.max(...rtts));
        }
        const silent = samples.slice(-3).every(({ received }) => received === 0);
        expect(lossPartsPerMillion === 1_000_000).toBe(silent);
        expect(pings).toBeGreaterThan(0);
      }),
    );
  });
});

function probe(fields: { second: number; transmitted?: number; received?: number; rtt?: number; jitter?: number }) {
  const { second, transmitted = 7, received = transmitted, rtt = 500, jitter = 20 } = fields;
  return {
    kind: 'rtt' as const,
    destination: 'b',
    measuredAt: new Date(START_MS + second * 1000).toISOString(),
    transmitted,
    received,
    rttMicroseconds: received > 0 ? rtt : undefined,
    jitterMicroseconds: received > 0 ? jitter : undefined,
  };
}

function test({ second, bandwidth }: { second: number; bandwidth: number }) {
  return {
    kind: 'bandwidth' as const,
    destination: 'b',
    measuredAt: new Date(START_MS + second * 1000).toISOString(),
    leaseId: `lease-${second}`,
    bandwidthBitsPerSecond: bandwidth,
  };
}

function arbitraryProbe() {
  return fc.record({ received: fc.nat({ max: 7 }), rtt: fc.integer({ min: 20, max: 100_000 }) });
}

function atSecond(fields: { received: number; rtt: number }, second: number) {
  return probe({ ...fields, second });
}

function add(window: LinkWindow, sample: LinkSample) {
  return addSample(window, sample, Number.POSITIVE_INFINITY);
}

function windowOf(samples: readonly LinkSample[]): LinkWindow {
  const window = createLinkWindow();
  for (const sample of samples) add(window, sample);
  return window;
}

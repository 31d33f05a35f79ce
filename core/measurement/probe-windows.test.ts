import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Probe, ProbeWindows } from '#core/measurement/probe-windows.ts';

const START_MS = Date.UTC(2026, 0, 1);
const WINDOW = 7;

describe('RTT and jitter of a link', () => {
  it('has no value at all before the first probe', () => {
    expect(windowsOf([]).summarize(WINDOW)).toEqual({
      rttMicroseconds: undefined,
      jitterMicroseconds: undefined,
      lossPartsPerMillion: undefined,
      samples: 0,
      isTcp: false,
      measuredAtMs: Number.NEGATIVE_INFINITY,
    });
  });

  it('is at the new level after two probes, and one outlier does not move it', () => {
    const windows = windowsOf([0, 1, 2, 3, 4].map((second) => probe({ second, rtt: 40_000 })));
    const rttAfter = (second: number, rtt: number) => {
      windows.add(WINDOW, probe({ second, rtt }));
      return windows.summarize(WINDOW).rttMicroseconds;
    };
    expect(rttAfter(5, 5000)).toBe(40_000);
    expect(rttAfter(6, 5000)).toBe(5000);
    expect(rttAfter(7, 40_000)).toBe(5000);
    expect(rttAfter(8, 5000)).toBe(5000);
    expect(rttAfter(9, 40_000)).toBe(5000);
    expect(rttAfter(10, 40_000)).toBe(40_000);
  });

  it('moves the jitter by 1/16 for each difference of two replies', () => {
    const windows = windowsOf([probe({ second: 0, jitter: 160 }), probe({ second: 1, received: 3, jitter: 0 })]);
    expect(windows.summarize(WINDOW).jitterMicroseconds).toBe(Math.round(160 * (15 / 16) ** 2));
  });

  it('has the jitter of the present level alone', () => {
    const samples = [40_000, 40_000, 5000, 5000].map((rtt, second) => probe({ second, rtt, jitter: rtt / 10 }));
    expect(windowsOf(samples).summarize(WINDOW).jitterMicroseconds).toBe(500);
  });

  it('does without jitter where single replies have none', () => {
    const samples = [0, 1].map((second) => ({ ...probe({ second, rtt: 100 }), jitterMicroseconds: undefined }));
    const summary = windowsOf(samples).summarize(WINDOW);
    expect(summary).toMatchObject({ rttMicroseconds: 100, jitterMicroseconds: undefined });
  });

  it('is of another method as soon as a second answer confirms the first', () => {
    const windows = windowsOf([0, 1, 2].map((second) => probe({ second, rtt: 1000 })));
    windows.add(WINDOW, { ...probe({ second: 3, rtt: 1150 }), method: 'tcp' });
    expect(windows.summarize(WINDOW)).toMatchObject({ rttMicroseconds: 1000, isTcp: false });
    windows.add(WINDOW, { ...probe({ second: 4, rtt: 1170 }), method: 'tcp' });
    expect(windows.summarize(WINDOW)).toMatchObject({ rttMicroseconds: 1160, isTcp: true });
    windows.add(WINDOW, { ...probe({ second: 5, rtt: 1010 }), method: 'icmp' });
    windows.add(WINDOW, { ...probe({ second: 6, rtt: 1010 }), method: 'icmp' });
    expect(windows.summarize(WINDOW)).toMatchObject({ rttMicroseconds: 1010, isTcp: false });
  });

  it('is not told, nor is anything else, before a second probe confirms the first', () => {
    const windows = windowsOf([probe({ second: 0, rtt: 90_000 })]);
    expect(windows.isTold(WINDOW)).toBe(false);
    windows.add(WINDOW, probe({ second: 1, rtt: 1000 }));
    expect(windows.summarize(WINDOW)).toEqual(windowsOf([]).summarize(WINDOW));
    expect(windows.isTold(WINDOW)).toBe(false);
    windows.add(WINDOW, probe({ second: 2, rtt: 1010 }));
    expect(windows.summarize(WINDOW)).toMatchObject({ rttMicroseconds: 1005, samples: 21 });
    expect(windows.isTold(WINDOW)).toBe(true);
  });

  it('stays told, whatever follows', () => {
    const drawn = fc.record({ received: fc.constantFrom(0, 0, 7), rtt: fc.constantFrom(500, 9000, 60_000) });
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 40 }), (probes) => {
        const windows = windowsOf([]);
        let told = false;
        for (const [second, of] of probes.entries()) {
          windows.add(WINDOW, atSecond(of, second));
          const { samples } = windows.summarize(WINDOW);
          if (told) expect(samples).toBeGreaterThan(0);
          told = samples > 0;
        }
      }),
    );
  });

  it('is told where summarize tells it', () => {
    const drawn = fc.record({ received: fc.constantFrom(0, 7), rtt: fc.constantFrom(500, 9000) });
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 16 }), fc.nat({ max: 16 }), (probes, switchedAt) => {
        const windows = windowsOf(
          probes.map((of, second) => ({ ...atSecond(of, second), method: second < switchedAt ? 'icmp' : 'tcp' })),
        );
        expect(windows.summarize(WINDOW).samples > 0).toBe(windows.isTold(WINDOW));
      }),
    );
  });
});

describe('loss of a link', () => {
  it('is of the pings of the last probes together', () => {
    const windows = windowsOf([probe({ second: 0, received: 7 }), probe({ second: 1, received: 6 })]);
    expect(windows.summarize(WINDOW)).toMatchObject({ lossPartsPerMillion: 71_429, samples: 14 });
  });

  it('says unreachable after three probes without a reply, and keeps the last RTT', () => {
    const windows = windowsOf([0, 1, 2].map((second) => probe({ second, rtt: 400 })));
    windows.add(WINDOW, probe({ second: 3, received: 0 }));
    windows.add(WINDOW, probe({ second: 4, received: 0 }));
    expect(windows.summarize(WINDOW).lossPartsPerMillion).toBe(400_000);
    expect(windows.isUnreachable(WINDOW)).toBe(false);
    windows.add(WINDOW, probe({ second: 5, received: 0 }));
    expect(windows.summarize(WINDOW)).toMatchObject({
      lossPartsPerMillion: 1_000_000,
      rttMicroseconds: 400,
      measuredAtMs: START_MS + 5000,
    });
    expect(windows.isUnreachable(WINDOW)).toBe(true);
    windows.add(WINDOW, probe({ second: 6, received: 1 }));
    expect(windows.summarize(WINDOW).lossPartsPerMillion).toBeLessThan(1_000_000);
  });

  it('says unreachable where the only probes, two of them, got no reply, and until two did', () => {
    const windows = windowsOf([probe({ second: 0, received: 0 })]);
    expect(windows.summarize(WINDOW).samples).toBe(0);
    const lossAfter = (second: number, received: number) => {
      windows.add(WINDOW, probe({ second, received }));
      return windows.summarize(WINDOW).lossPartsPerMillion;
    };
    expect(lossAfter(1, 0)).toBe(1_000_000);
    expect(lossAfter(2, 0)).toBe(1_000_000);
    expect(lossAfter(3, 7)).toBe(1_000_000);
    expect(windows.isUnreachable(WINDOW)).toBe(true);
    expect(lossAfter(4, 7)).toBe(600_000);
    expect(windows.isUnreachable(WINDOW)).toBe(false);
  });

  it('forgets a loss after sixty probes, and not before thirty-six', () => {
    const windows = windowsOf([probe({ second: 0, received: 0 })]);
    for (let second = 1; second < 36; second += 1) windows.add(WINDOW, probe({ second }));
    expect(windows.summarize(WINDOW).lossPartsPerMillion).toBeGreaterThan(0);
    for (let second = 36; second < 61; second += 1) windows.add(WINDOW, probe({ second }));
    expect(windows.summarize(WINDOW).lossPartsPerMillion).toBe(0);
    expect(windows.summarize(WINDOW).samples).toBeLessThanOrEqual(60 * 7);
  });

  it('needs fewer probes where each sends many pings', () => {
    const windows = windowsOf([]);
    for (let second = 0; second < 60; second += 1) {
      windows.add(WINDOW, probe({ second, transmitted: 1000, received: second < 55 ? 500 : 1000 }));
    }
    expect(windows.summarize(WINDOW)).toMatchObject({ lossPartsPerMillion: 0, samples: 5000 });
  });

  it('never rounds up to unreachable', () => {
    const ones = [0, 1].map((second) => probe({ second, transmitted: 60_000, received: 1 }));
    const none = probe({ second: 2, transmitted: 60_000, received: 0 });
    expect(windowsOf([...ones, none]).summarize(WINDOW).lossPartsPerMillion).toBe(999_999);
  });
});

describe('windows', () => {
  it('refuse a probe that is older than a full window', () => {
    const windows = windowsOf(Array.from({ length: 12 }, (_, second) => probe({ second: 100 + second })));
    expect(windows.add(WINDOW, probe({ second: 99 }))).toBe('stale');
  });

  it('take nothing from before the time that they were cleared with', () => {
    const windows = windowsOf([probe({ second: 1 })]);
    windows.clear(WINDOW, START_MS + 10_000);
    expect(windows.summarize(WINDOW).samples).toBe(0);
    expect(windows.add(WINDOW, probe({ second: 9 }))).toBe('stale');
    expect(windows.add(WINDOW, probe({ second: 10 }))).toBe('duplicate');
    for (const second of [11, 12]) expect(windows.add(WINDOW, probe({ second }))).toBe('added');
    expect(windows.summarize(WINDOW).samples).toBe(14);
  });

  it('do not touch one another', () => {
    const windows = new ProbeWindows();
    for (const window of [0, 1, 1023, 1024, 5000]) {
      for (const second of [0, 1]) windows.add(window, probe({ second, rtt: 100 + window }));
    }
    for (let second = 2; second < 70; second += 1) windows.add(1, probe({ second, rtt: 9000, received: 1 }));
    for (const window of [0, 1023, 1024, 5000]) {
      expect(windows.summarize(window)).toMatchObject({ rttMicroseconds: 100 + window, samples: 14 });
    }
  });

  it('put late probes in their place: the order of arrival does not matter', () => {
    const ascending = fc.array(arbitraryProbe(), { maxLength: 12 }).map((probes) => probes.map(atSecond));
    fc.assert(
      fc.property(ascending, fc.infiniteStream(fc.nat()), (samples, randoms) => {
        const keyed = samples.map((sample) => ({ sample, key: randoms.next().value }));
        const shuffled = keyed.toSorted((one, other) => one.key - other.key).map(({ sample }) => sample);
        expect(windowsOf(shuffled).summarize(WINDOW)).toEqual(windowsOf(samples).summarize(WINDOW));
      }),
    );
  });

  it('change nothing when probes come twice', () => {
    fc.assert(
      fc.property(fc.array(arbitraryProbe(), { minLength: 1, maxLength: 80 }), (probes) => {
        const samples = probes.map(atSecond);
        const windows = windowsOf(samples);
        const before = windows.summarize(WINDOW);
        for (const sample of samples) expect(['duplicate', 'stale']).toContain(windows.add(WINDOW, sample));
        expect(windows.summarize(WINDOW)).toEqual(before);
      }),
    );
  });

  it('keep every figure within the figures of its probes', () => {
    fc.assert(
      fc.property(fc.array(arbitraryProbe(), { minLength: 1, maxLength: 80 }), (probes) => {
        const samples = probes.map(atSecond);
        const { rttMicroseconds, lossPartsPerMillion, samples: pings } = windowsOf(samples).summarize(WINDOW);
        const rtts = samples.flatMap((sample) => sample.rttMicroseconds ?? []);
        if (rttMicroseconds !== undefined) {
          expect(rttMicroseconds).toBeGreaterThanOrEqual(Math.min(...rtts));
          expect(rttMicroseconds).toBeLessThanOrEqual(Math.max(...rtts));
        }
        const silent = samples.slice(-3).every(({ received }) => received === 0);
        if (silent && samples.length > 1) expect(lossPartsPerMillion).toBe(1_000_000);
        const told = rttMicroseconds !== undefined || lossPartsPerMillion === 1_000_000;
        expect(pings > 0).toBe(told);
      }),
    );
  });
});

function probe(fields: { second: number; transmitted?: number; received?: number; rtt?: number; jitter?: number }) {
  const { second, transmitted = 7, received = transmitted, rtt = 500, jitter = 20 } = fields;
  return {
    measuredAtMs: START_MS + second * 1000,
    transmitted,
    received,
    rttMicroseconds: received > 0 ? rtt : undefined,
    jitterMicroseconds: received > 0 ? jitter : undefined,
  };
}

function arbitraryProbe() {
  return fc.record({ received: fc.nat({ max: 7 }), rtt: fc.integer({ min: 20, max: 100_000 }) });
}

function atSecond(fields: { received: number; rtt: number }, second: number) {
  return probe({ ...fields, second });
}

function windowsOf(probes: readonly Probe[]): ProbeWindows {
  const windows = new ProbeWindows();
  for (const each of probes) windows.add(WINDOW, each);
  return windows;
}

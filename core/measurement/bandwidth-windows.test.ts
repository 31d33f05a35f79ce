import { describe, expect, it } from 'vitest';
import { BandwidthWindows } from '#core/measurement/bandwidth-windows.ts';

const WINDOW = 3;

describe('bandwidth of a link', () => {
  it.each([
    { behaviour: 'one test speaks for itself', tests: [900], want: 900 },
    { behaviour: 'a bad test counts for nothing', tests: [900, 300, 910], want: 905 },
    { behaviour: 'two tests off the level replace it', tests: [900, 900, 900, 300, 320], want: 310 },
    { behaviour: 'so do two that are far apart, for they are rare', tests: [900, 900, 100, 500], want: 300 },
    { behaviour: 'small changes are no shift', tests: [900, 1000, 1000], want: 1000 },
  ])('$behaviour', ({ tests, want }) => {
    expect(windowsOf(tests).summarize(WINDOW)).toEqual({
      bandwidthBitsPerSecond: want,
      measuredAtMs: (tests.length - 1) * 1000,
    });
  });

  it('is not there without a test, nor in another window', () => {
    const windows = windowsOf([900]);
    for (const window of [WINDOW + 1, 99_999]) {
      expect(windows.summarize(window)).toBeUndefined();
      expect(windows.measuredAtMs(window)).toBe(Number.NEGATIVE_INFINITY);
    }
  });

  it('refuses a test twice, and one older than the five that it keeps', () => {
    const windows = new BandwidthWindows();
    for (const time of [10, 11, 12, 13, 14]) windows.add(WINDOW, time, 900);
    expect(windows.add(WINDOW, 12, 1)).toBe('duplicate');
    expect(windows.add(WINDOW, 9, 1)).toBe('stale');
    expect(windows.add(WINDOW, 15, 900)).toBe('added');
    expect(windows.add(WINDOW, 10, 1)).toBe('stale');
  });

  it('takes nothing from before the time that it was cleared with', () => {
    const windows = windowsOf([900]);
    windows.clear(WINDOW, 5000);
    expect(windows.summarize(WINDOW)).toBeUndefined();
    expect(windows.add(WINDOW, 5000, 800)).toBe('duplicate');
    expect(windows.add(WINDOW, 5001, 800)).toBe('added');
    expect(windows.summarize(WINDOW)?.bandwidthBitsPerSecond).toBe(800);
  });

  it('has the congestion control of the last test, not of one that came late or twice, until the window is cleared', () => {
    const windows = new BandwidthWindows();
    expect(windows.congestionControl(WINDOW)).toBeUndefined();
    const after = (atMs: number, name?: string) => {
      windows.add(WINDOW, atMs, 900, name);
      return windows.congestionControl(WINDOW);
    };
    expect(after(10, 'cubic')).toBe('cubic');
    expect(after(20, 'bbr')).toBe('bbr');
    expect(after(15, 'reno')).toBe('bbr');
    expect(after(20, 'reno')).toBe('bbr');
    expect([windows.congestionControl(WINDOW + 1), windows.congestionControl(99_999)]).toEqual([undefined, undefined]);
    expect(after(30)).toBeUndefined();
    expect(after(40, 'bbr')).toBe('bbr');
    windows.addUdp(WINDOW, { measuredAtMs: 50 });
    expect(windows.congestionControl(WINDOW)).toBe('bbr');
    windows.clear(WINDOW, 60);
    expect(windows.congestionControl(WINDOW)).toBeUndefined();
  });

  it('is not touched by a UDP test, of which the last is kept', () => {
    const windows = windowsOf([900]);
    expect(windows.addUdp(WINDOW, { measuredAtMs: 10, jitterMicroseconds: 5 })).toBe('added');
    expect(windows.addUdp(WINDOW, { measuredAtMs: 20, lossPartsPerMillion: 7 })).toBe('added');
    expect(windows.addUdp(WINDOW, { measuredAtMs: 20 })).toBe('duplicate');
    expect(windows.addUdp(WINDOW, { measuredAtMs: 10 })).toBe('stale');
    expect(windows.udp(WINDOW)).toEqual({ measuredAtMs: 20, lossPartsPerMillion: 7 });
    expect(windows.summarize(WINDOW)).toEqual({ bandwidthBitsPerSecond: 900, measuredAtMs: 0 });
    windows.clear(WINDOW);
    expect(windows.udp(WINDOW)).toBeUndefined();
  });
});

function windowsOf(tests: readonly number[]): BandwidthWindows {
  const windows = new BandwidthWindows();
  for (const [second, bandwidth] of tests.entries()) windows.add(WINDOW, second * 1000, bandwidth);
  return windows;
}

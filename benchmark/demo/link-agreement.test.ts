import { describe, expect, it } from 'vitest';
import { compareLink, isPlausibleCount } from './link-agreement.ts';

const configured = { rttMs: 40, lossPercent: 0.5, bandwidthMbps: 50 };
const measured = { ...configured, jitterMs: 0.1, samples: 2000 };

describe('compareLink', () => {
  it.each([
    ['what was configured', {}, { rtt: true, loss: true, bandwidth: true }],
    ['an RTT 5 % off', { rttMs: 42 }, { rtt: true, loss: true, bandwidth: true }],
    ['an RTT more than 5 % off', { rttMs: 42.1 }, { rtt: false, loss: true, bandwidth: true }],
    ['a bandwidth 25 % off', { bandwidthMbps: 37.5 }, { rtt: true, loss: true, bandwidth: true }],
    ['a bandwidth more than 25 % off', { bandwidthMbps: 37.4 }, { rtt: true, loss: true, bandwidth: false }],
    ['a loss three times as high over many pings', { lossPercent: 1.5 }, { rtt: true, loss: false, bandwidth: true }],
    ['the same loss over few', { lossPercent: 1.5, samples: 200 }, { rtt: true, loss: true, bandwidth: true }],
  ])('judges %s', (_name, change, want) => {
    expect(compareLink(configured, { ...measured, ...change })).toEqual(want);
  });

  it('allows a short link 1 ms', () => {
    const short = { rttMs: 0.5, lossPercent: 0, bandwidthMbps: 1000 };
    expect(compareLink(short, { ...measured, ...short, rttMs: 1.5 }).rtt).toBe(true);
    expect(compareLink(short, { ...measured, ...short, rttMs: 1.51 }).rtt).toBe(false);
  });
});

describe('isPlausibleCount', () => {
  it.each([
    [0, 1000, 0, true],
    [1, 1000, 0, false],
    [0, 100, 0.005, true],
    [0, 5000, 0.005, false],
    [5, 10, 0.5, true],
    [0, 20, 0.5, false],
    [20, 20, 1, true],
    [19, 20, 1, false],
  ])('%d of %d at probability %d: %s', (count, trials, probability, want) => {
    expect(isPlausibleCount(count, trials, probability, 0.999)).toBe(want);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkCost } from './link-cost.ts';

const weights = { latency: 60, bandwidth: 20, loss: 20 };
const maxima = { rttMicroseconds: 40_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 };

describe('linkCost', () => {
  it.each([
    ['the best link costs nothing', { rttMicroseconds: 0, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 0 }, 0],
    ['the worst link costs 1', { rttMicroseconds: 40_000, bandwidthBitsPerSecond: 0, lossPartsPerMillion: 10_000 }, 1],
    [
      'what is beyond the maxima is clipped',
      { rttMicroseconds: 1e9, bandwidthBitsPerSecond: 0, lossPartsPerMillion: 1e6 },
      1,
    ],
    [
      'each term counts by its weight',
      { rttMicroseconds: 20_000, bandwidthBitsPerSecond: 5e8, lossPartsPerMillion: 0 },
      0.4,
    ],
    [
      'an unknown metric drops out and the rest is rescaled',
      { rttMicroseconds: 20_000, lossPartsPerMillion: 0 },
      0.375,
    ],
    ['RTT alone carries the full weight', { rttMicroseconds: 20_000 }, 0.5],
  ])('%s', (_name, metrics, want) => {
    expect(linkCost(metrics, maxima, weights)).toBeCloseTo(want, 10);
  });

  it('is undefined where nothing is known, or what is known weighs nothing', () => {
    expect(linkCost({}, maxima, weights)).toBeUndefined();
    expect(linkCost({ lossPartsPerMillion: 5 }, maxima, { latency: 80, bandwidth: 20, loss: 0 })).toBeUndefined();
  });

  it('does not tell links apart by a metric whose maximum is 0', () => {
    const noLoss = { ...maxima, lossPartsPerMillion: 0 };
    expect(linkCost({ rttMicroseconds: 0, lossPartsPerMillion: 500 }, noLoss, weights)).toBe(0);
  });

  const metrics = fc.record({
    rttMicroseconds: fc.nat(100_000),
    bandwidthBitsPerSecond: fc.nat(2_000_000_000),
    lossPartsPerMillion: fc.nat(1_000_000),
  });

  it('stays within 0 and 1', () => {
    fc.assert(
      fc.property(metrics, (link) => {
        const cost = linkCost(link, maxima, weights) ?? Number.NaN;
        return cost >= 0 && cost <= 1;
      }),
    );
  });

  it('never rises when a link improves', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(metrics, share, share, share, (link, rtt, bandwidth, loss) => {
        const better = {
          rttMicroseconds: link.rttMicroseconds * rtt,
          bandwidthBitsPerSecond: link.bandwidthBitsPerSecond * (1 + bandwidth),
          lossPartsPerMillion: link.lossPartsPerMillion * loss,
        };
        const [before, after] = [linkCost(link, maxima, weights), linkCost(better, maxima, weights)];
        return (after ?? 1) <= (before ?? 0) + 1e-12;
      }),
    );
  });
});

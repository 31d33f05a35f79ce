import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PublishedSlices } from '#aggregator/publishing/published-slices.ts';
import { sliceOf } from '#aggregator/publishing/slice-content.ts';
import type { MeasuredLink } from '#core/api/network-topology-slice.ts';
import { NOW_MS } from '#test/builders.ts';

const NODE = { name: 'a', uid: 'uid-a', zone: 'east', region: 'eu', ready: true, draining: false };
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const time = fc.integer({ min: NOW_MS - 3_600_000, max: NOW_MS }).map((ms) => new Date(ms).toISOString());
const measuredLink: fc.Arbitrary<MeasuredLink> = fc.record({
  destination: fc.string({ minLength: 1, maxLength: 4 }),
  rttMicroseconds: maybe(fc.nat()),
  jitterMicroseconds: maybe(fc.nat()),
  lossPartsPerMillion: maybe(fc.nat(1_000_000)),
  bandwidthBitsPerSecond: maybe(fc.nat()),
  rttMethod: maybe(fc.constantFrom('icmp' as const, 'tcp' as const)),
  rttMeasuredAt: maybe(time),
  bandwidthMeasuredAt: maybe(time),
  samples: fc.nat(5000),
});
const links = fc
  .uniqueArray(measuredLink, { selector: ({ destination }) => destination, maxLength: 20 })
  .map((all) => all.toSorted((a, b) => (a.destination < b.destination ? -1 : 1)));

describe('the slices that the API server holds', () => {
  it('are as they were written, whole and link by link', () => {
    fc.assert(
      fc.property(links, fc.string(), (written, other) => {
        const slices = new PublishedSlices();
        const slice = sliceOf(NODE, written, { writtenAtMs: NOW_MS });
        slices.set(slice);
        expect(slices.get('a')).toEqual(slice);
        const { links: _, ...head } = slice;
        expect(slices.head('a')).toEqual(head);
        for (const link of written) expect(slices.link('a', link.destination)).toEqual(link);
        if (!written.some(({ destination }) => destination === other)) expect(slices.link('a', other)).toBeUndefined();
      }),
    );
  });

  it('are not there before they are written, nor after they are deleted', () => {
    const slices = new PublishedSlices();
    const look = () => [slices.get('a'), slices.head('a'), slices.link('a', 'b')];
    expect(look()).toEqual([undefined, undefined, undefined]);
    slices.set(sliceOf(NODE, [{ destination: 'b', samples: 1 }]));
    expect(look()).not.toContain(undefined);
    slices.delete('a');
    expect(look()).toEqual([undefined, undefined, undefined]);
  });
});

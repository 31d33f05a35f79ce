import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NODE_IN_EAST as NODE } from '#aggregator/builders.ts';
import { newestThatFit, sliceOf } from '#aggregator/publishing/slice-content.ts';
import { SLICE_BYTES, storedLinkBytes } from '#aggregator/publishing/stored-size.ts';
import { type MeasuredLink, networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { NOW, NOW_MS, secondsAgo } from '#test/builders.ts';

const LINK: MeasuredLink = {
  destination: 'b',
  rttMicroseconds: 10_000,
  jitterMicroseconds: 100,
  lossPartsPerMillion: 20_000,
  bandwidthBitsPerSecond: 1_000_000_000,
  rttMeasuredAt: secondsAgo(150),
  bandwidthMeasuredAt: secondsAgo(600),
  samples: 100,
};

describe('a slice', () => {
  it('is valid, owned by the Node, and says when it was written', () => {
    const slice = sliceOf(NODE, [LINK], { writtenAtMs: NOW_MS });
    expect(networkTopologySlice.parse(slice)).toMatchObject({ origin: 'a', zone: 'east', region: 'eu', links: [LINK] });
    expect(Date.parse(slice.observedAt ?? '')).toBe(Date.parse(NOW));
    expect(slice.metadata).toEqual({
      name: 'a',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'uid-a' }],
    });
  });

  it('has what the interface of the node has left', () => {
    const room = {
      measuredAt: NOW,
      speedBitsPerSecond: 1_000_000_000,
      freeToSendBitsPerSecond: 900_000_000,
      freeToReceiveBitsPerSecond: 800_000_000,
    };
    expect(networkTopologySlice.parse(sliceOf(NODE, [], { room }))).toMatchObject({ interface: room });
  });

  it('has the newest links, in their order, where there are more than have room', () => {
    const links = Array.from({ length: 300 }, (_, index) => ({
      destination: `n${String(index).padStart(3, '0')}`,
      samples: 1,
      rttMeasuredAt: secondsAgo(index === 7 ? 500 : 10),
      bandwidthMeasuredAt: index === 7 ? undefined : secondsAgo(900),
    }));
    const taken = newestThatFit('a', links);
    expect(taken.length).toBeLessThan(300);
    expect(taken.some(({ destination }) => destination === 'n007')).toBe(false);
    expect(taken).toEqual(links.filter((link) => taken.includes(link)));
  });

  it('has room for 128 links of nodes with names of 40 letters', () => {
    const links = Array.from({ length: 128 }, (_, index) => ({ ...LINK, destination: `${index}`.padStart(40, 'n') }));
    expect(sliceOf(NODE, links).links).toHaveLength(128);
  });

  it('never has more than 64 KiB, whatever the names, and drops none that would fit', () => {
    const destination = fc.integer({ min: 1, max: 253 }).map((length) => 'n'.repeat(length));
    fc.assert(
      fc.property(fc.array(destination, { maxLength: 400 }), (names) => {
        const links = names.map((name) => ({ ...LINK, destination: name }));
        const taken = sliceOf(NODE, links).links;
        const bytes = (some: readonly MeasuredLink[]) => some.reduce((sum, link) => sum + storedLinkBytes(link), 0);
        expect(bytes(taken)).toBeLessThan(SLICE_BYTES);
        if (bytes(links) < SLICE_BYTES / 2) expect(taken).toHaveLength(links.length);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { ClusterNode } from '#aggregator/cluster-node.ts';
import { differsMaterially, sliceOf } from '#aggregator/slice-content.ts';
import { networkTopologySpec } from '#core/api/network-topology.ts';
import { type MeasuredLink, networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { NOW, secondsAgo } from '#test/builders.ts';

const NODE: ClusterNode = {
  name: 'a',
  uid: 'uid-a',
  zone: 'east',
  region: 'eu',
  address: '10.0.0.1',
  ready: true,
  draining: false,
};
const PROBE = networkTopologySpec.parse({}).probe;
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

describe('sliceOf', () => {
  it('is a valid slice that the Node owns', () => {
    const slice = sliceOf(NODE, [LINK]);
    expect(networkTopologySlice.parse(slice)).toMatchObject({ origin: 'a', zone: 'east', region: 'eu', links: [LINK] });
    expect(slice.metadata).toEqual({
      name: 'a',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'uid-a' }],
    });
  });

  it('takes the newest links where there are more than the schema allows', () => {
    const links = Array.from({ length: 2001 }, (_, index) => ({
      destination: `n${index}`,
      samples: 1,
      rttMeasuredAt: secondsAgo(index === 7 ? 500 : 10),
    }));
    const slice = sliceOf(NODE, links);
    expect(slice.links).toHaveLength(2000);
    expect(slice.links.some(({ destination }) => destination === 'n7')).toBe(false);
  });
});

describe('differsMaterially', () => {
  it.each<{ name: string; link?: Partial<MeasuredLink>; node?: Partial<ClusterNode>; want: boolean }>([
    { name: 'nothing changed', want: false },
    { name: 'the RTT moved by 2 %', link: { rttMicroseconds: 10_200 }, want: false },
    { name: 'the RTT moved by more', link: { rttMicroseconds: 10_201 }, want: true },
    { name: 'the RTT fell', link: { rttMicroseconds: 9000 }, want: true },
    { name: 'jitter moved', link: { jitterMicroseconds: 5000 }, want: false },
    { name: 'loss moved by little', link: { lossPartsPerMillion: 20_400 }, want: false },
    { name: 'loss doubled', link: { lossPartsPerMillion: 40_000 }, want: true },
    { name: 'the bandwidth was measured again', link: { bandwidthMeasuredAt: NOW }, want: true },
    { name: 'the RTT is gone', link: { rttMicroseconds: undefined }, want: true },
    { name: 'the times are a little newer', link: { rttMeasuredAt: secondsAgo(10) }, want: false },
    { name: 'the times have half of their freshness left', link: { rttMeasuredAt: secondsAgo(-1) }, want: true },
    { name: 'the clock was set back by an hour', link: { rttMeasuredAt: secondsAgo(3600) }, want: true },
    { name: 'the destination is another', link: { destination: 'c' }, want: true },
    { name: 'the node moved to another zone', node: { zone: 'west' }, want: true },
    { name: 'the node was made anew', node: { uid: 'uid-2' }, want: true },
  ])('$want where $name', ({ link, node, want }) => {
    const current = sliceOf({ ...NODE, ...node }, [{ ...LINK, ...link }]);
    expect(differsMaterially(sliceOf(NODE, [LINK]), current, PROBE)).toBe(want);
  });

  it('takes microseconds on a fast link for noise', () => {
    const fast = (rttMicroseconds: number) => sliceOf(NODE, [{ ...LINK, rttMicroseconds }]);
    expect(differsMaterially(fast(100), fast(110), PROBE)).toBe(false);
    expect(differsMaterially(fast(100), fast(111), PROBE)).toBe(true);
  });

  it('writes the first slice only when there is a link, and an emptied one', () => {
    expect(differsMaterially(undefined, sliceOf(NODE, []), PROBE)).toBe(false);
    expect(differsMaterially(undefined, sliceOf(NODE, [LINK]), PROBE)).toBe(true);
    expect(differsMaterially(sliceOf(NODE, [LINK]), sliceOf(NODE, []), PROBE)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { NODE_IN_EAST as NODE } from '#aggregator/builders.ts';
import type { ClusterNode } from '#aggregator/cluster/cluster-node.ts';
import { type MaterialChange, materialChange } from '#aggregator/publishing/material-change.ts';
import { sliceOf } from '#aggregator/publishing/slice-content.ts';
import { networkTopologySpec } from '#core/api/network-topology.ts';
import { type Coordinate, type MeasuredLink, networkTopologySlice } from '#core/api/network-topology-slice.ts';
import { NOW, NOW_MS, secondsAgo } from '#test/builders.ts';

const PROBE = networkTopologySpec.parse({}).probe;
const WRITTEN_MS = NOW_MS - 600_000;
const LONG_AGO = 0;
/** As it was written, ten minutes ago; measured again since. */
const BEFORE: MeasuredLink = {
  destination: 'b',
  rttMicroseconds: 10_000,
  jitterMicroseconds: 100,
  lossPartsPerMillion: 20_000,
  bandwidthBitsPerSecond: 1_000_000_000,
  rttMeasuredAt: secondsAgo(610),
  bandwidthMeasuredAt: secondsAgo(700),
  samples: 400,
};
const AFTER = { ...BEFORE, rttMeasuredAt: secondsAgo(10) };

interface Case {
  name: string;
  before?: Partial<MeasuredLink>;
  link?: Partial<MeasuredLink>;
  node?: Partial<ClusterNode>;
  writtenMs?: number;
  listeningSinceMs?: number;
  want: MaterialChange | undefined;
}

describe('a change of a slice', () => {
  it.each<Case>([
    { name: 'nothing changed', want: undefined },
    { name: 'the RTT moved by 10 %', link: { rttMicroseconds: 11_000 }, want: undefined },
    { name: 'the RTT moved by more', link: { rttMicroseconds: 11_001 }, want: 'moved' },
    { name: 'the RTT fell', link: { rttMicroseconds: 8999 }, want: 'moved' },
    {
      name: 'the RTT moved by no more than its jitter',
      link: { rttMicroseconds: 12_000, jitterMicroseconds: 2000 },
      want: undefined,
    },
    {
      name: 'the RTT moved by two fifths and more, and by less than its jitter',
      link: { rttMicroseconds: 14_001, jitterMicroseconds: 5000 },
      want: 'moved',
    },
    {
      name: 'the RTT moved by no more than few pings say',
      before: { samples: 7 },
      link: { rttMicroseconds: 12_000, jitterMicroseconds: 1000 },
      want: undefined,
    },
    {
      name: 'the RTT fell by two fifths and more, where the few pings of before had much jitter',
      before: { samples: 14, jitterMicroseconds: 5000 },
      link: { rttMicroseconds: 5999, jitterMicroseconds: 100 },
      want: 'moved',
    },
    {
      name: 'the RTT of few pings fell by no more than three fifths, and they had much jitter',
      before: { samples: 14, jitterMicroseconds: 5000 },
      link: { rttMicroseconds: 4001, jitterMicroseconds: 100, samples: 28 },
      want: undefined,
    },
    {
      name: 'it fell by more',
      before: { samples: 14, jitterMicroseconds: 5000 },
      link: { rttMicroseconds: 3999, jitterMicroseconds: 100, samples: 28 },
      want: 'moved',
    },
    { name: 'jitter moved', link: { jitterMicroseconds: 5000 }, want: undefined },
    { name: 'three pings of 400 more are lost', link: { lossPartsPerMillion: 27_500 }, want: undefined },
    { name: 'four are', link: { lossPartsPerMillion: 30_000 }, want: 'moved' },
    { name: 'nothing comes back any more', link: { lossPartsPerMillion: 1_000_000, samples: 1 }, want: 'moved' },
    { name: 'the bandwidth was measured again', link: { bandwidthMeasuredAt: NOW }, want: 'tested' },
    { name: 'the RTT is gone', link: { rttMicroseconds: undefined }, want: 'moved' },
    { name: 'it is measured by another method', link: { rttMethod: 'tcp' }, want: 'moved' },
    { name: 'the method that is meant where none is told is told', link: { rttMethod: 'icmp' }, want: undefined },
    { name: 'the link is another one', link: { destination: 'c' }, want: 'links' },
    { name: 'the node moved to another zone', node: { zone: 'west' }, want: 'node' },
    { name: 'the node was made anew', node: { uid: 'uid-2' }, want: 'node' },
    { name: 'the link is no longer measured', link: { rttMeasuredAt: secondsAgo(301) }, want: 'freshness' },
    {
      name: 'the link is no longer measured, and that was told',
      before: { rttMeasuredAt: secondsAgo(901) },
      link: { rttMeasuredAt: secondsAgo(901) },
      want: undefined,
    },
    { name: 'the link is measured again', before: { rttMeasuredAt: secondsAgo(901) }, want: 'freshness' },
    {
      name: 'the link was not heard of yet by a process that just started',
      link: { rttMeasuredAt: secondsAgo(301) },
      listeningSinceMs: NOW_MS - 299_000,
      want: undefined,
    },
    { name: 'it was written half of half an hour ago', writtenMs: NOW_MS - 901_000, want: 'confirmation' },
    {
      name: 'it was written so long ago, and nothing of it is measured any more',
      writtenMs: NOW_MS - 901_000,
      before: { rttMeasuredAt: secondsAgo(1300) },
      link: { rttMeasuredAt: secondsAgo(1300) },
      want: undefined,
    },
    { name: 'the clock was set back by an hour', writtenMs: NOW_MS + 3_600_000, want: 'confirmation' },
  ])('is $want where $name', ({ before, link, node, writtenMs = WRITTEN_MS, listeningSinceMs = LONG_AGO, want }) => {
    const rttMeasuredAt = new Date(writtenMs - 10_000).toISOString();
    const published = sliceOf(NODE, [{ ...BEFORE, rttMeasuredAt, ...before }], { writtenAtMs: writtenMs });
    const current = sliceOf({ ...NODE, ...node }, [{ ...AFTER, ...link }], { writtenAtMs: NOW_MS });
    expect(materialChange(published, current, PROBE, { nowMs: NOW_MS, listeningSinceMs })).toBe(want);
  });

  it('takes microseconds on a fast link for noise', () => {
    const fast = (rttMicroseconds: number, writtenMs: number) =>
      sliceOf(NODE, [{ ...AFTER, rttMicroseconds, jitterMicroseconds: 5 }], { writtenAtMs: writtenMs });
    const change = (rtt: number) =>
      materialChange(fast(100, NOW_MS - 1000), fast(rtt, NOW_MS), PROBE, { nowMs: NOW_MS, listeningSinceMs: LONG_AGO });
    expect(change(150)).toBe(undefined);
    expect(change(151)).toBe('moved');
  });

  it('is one where the first link is there, and where the last is gone', () => {
    const times = { nowMs: NOW_MS, listeningSinceMs: LONG_AGO };
    expect(materialChange(undefined, sliceOf(NODE, []), PROBE, times)).toBe(undefined);
    expect(materialChange(undefined, sliceOf(NODE, [AFTER]), PROBE, times)).toBe('links');
    expect(materialChange(sliceOf(NODE, [AFTER]), sliceOf(NODE, []), PROBE, times)).toBe('links');
  });

  const AT: Coordinate = {
    vectorMicroseconds: [1000, -2000, 0, 0, 0, 0, 0, 0],
    originHeightMicroseconds: 50,
    destinationHeightMicroseconds: 60,
    errorPartsPerMillion: 90_000,
  };

  it.each<{ name: string; before?: Coordinate; after?: Coordinate; want: string | undefined }>([
    { name: 'the node has its first coordinate', after: AT, want: 'coordinate' },
    { name: 'the coordinate is the same', before: AT, after: structuredClone(AT), want: undefined },
    {
      name: 'the coordinate is another',
      before: AT,
      after: { ...AT, originHeightMicroseconds: 51 },
      want: 'coordinate',
    },
    { name: 'the node has no coordinate any more', before: AT, want: 'coordinate' },
  ])('is $want where $name', ({ before, after, want }) => {
    const times = { nowMs: NOW_MS, listeningSinceMs: LONG_AGO };
    const published = sliceOf(NODE, [AFTER], { coordinate: before, writtenAtMs: NOW_MS - 1000 });
    const current = sliceOf(NODE, [AFTER], { coordinate: after, writtenAtMs: NOW_MS });
    expect(networkTopologySlice.parse(current)).toEqual(current);
    expect(materialChange(published, current, PROBE, times)).toBe(want);
    expect(materialChange(undefined, sliceOf(NODE, [], { coordinate: after }), PROBE, times)).toBe(
      after === undefined ? undefined : 'links',
    );
  });
});

describe('what the interface of the node has left', () => {
  const room = {
    measuredAt: NOW,
    speedBitsPerSecond: 1000,
    freeToSendBitsPerSecond: 900,
    freeToReceiveBitsPerSecond: 800,
  };
  const times = { nowMs: NOW_MS, listeningSinceMs: LONG_AGO };
  const slice = (freeToSendBitsPerSecond: number) => sliceOf(NODE, [], { room: { ...room, freeToSendBitsPerSecond } });

  it.each([
    { name: 'none was published', before: undefined, want: 'links' },
    { name: 'a slice without it was', before: sliceOf(NODE, []), want: 'interface' },
    { name: 'it moved', before: slice(500), want: 'interface' },
    { name: 'it hardly moved', before: slice(850), want: undefined },
  ])('is told where $name: $want', ({ before, want }) => {
    expect(materialChange(before, slice(900), PROBE, times)).toBe(want);
  });
});

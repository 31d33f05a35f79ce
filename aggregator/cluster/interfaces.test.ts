import { describe, expect, it } from 'vitest';
import { NodeInterfaces, roomMoved } from '#aggregator/cluster/interfaces.ts';
import type { InterfaceRoom } from '#core/api/network-topology-slice.ts';
import { makeSlice, NOW, NOW_MS, secondsAgo } from '#test/builders.ts';

const reading = (measuredAt: string, sentBitsPerSecond = 300) => ({
  measuredAt,
  speedBitsPerSecond: 1000,
  sentBitsPerSecond,
  receivedBitsPerSecond: 1200,
});

describe('NodeInterfaces', () => {
  it('keeps what is free: the speed less the use, and never less than nothing', () => {
    const interfaces = new NodeInterfaces();
    expect(interfaces.take('a', reading(NOW), NOW_MS)).toBe(true);
    expect(interfaces.of('a')).toEqual({
      measuredAt: NOW,
      speedBitsPerSecond: 1000,
      freeToSendBitsPerSecond: 700,
      freeToReceiveBitsPerSecond: 0,
    });
    expect(interfaces.of('b')).toBeUndefined();
  });

  it.each([
    { behaviour: 'older than the one before', measuredAt: secondsAgo(61), want: false },
    { behaviour: 'the one before again', measuredAt: secondsAgo(60), want: false },
    { behaviour: 'newer', measuredAt: secondsAgo(1), want: true },
    { behaviour: 'of the future', measuredAt: secondsAgo(-61), want: false },
  ])('takes a reading that is $behaviour: $want', ({ measuredAt, want }) => {
    const interfaces = new NodeInterfaces();
    interfaces.take('a', reading(secondsAgo(60)), NOW_MS);
    expect(interfaces.take('a', reading(measuredAt, 0), NOW_MS)).toBe(want);
    expect(interfaces.of('a')?.freeToSendBitsPerSecond).toBe(want ? 1000 : 700);
  });

  it('takes one that is older than the one before where the clock was set back since', () => {
    const interfaces = new NodeInterfaces();
    interfaces.take('a', reading(NOW), NOW_MS);
    expect(interfaces.take('a', reading(secondsAgo(3600), 0), NOW_MS - 3_600_000)).toBe(true);
  });

  it('takes none that waited for more than five minutes', () => {
    expect(new NodeInterfaces().take('a', reading(secondsAgo(301)), NOW_MS)).toBe(false);
  });

  it('goes on with what was published, and forgets nodes that are gone', () => {
    const interfaces = new NodeInterfaces();
    interfaces.seed({ ...makeSlice('a', {}), interface: ROOM });
    interfaces.seed(makeSlice('b', {}));
    expect(interfaces.of('a')).toEqual(ROOM);
    interfaces.retain((node) => node === 'b');
    expect(interfaces.of('a')).toBeUndefined();
  });
});

const ROOM: InterfaceRoom = {
  measuredAt: NOW,
  speedBitsPerSecond: 1000,
  freeToSendBitsPerSecond: 700,
  freeToReceiveBitsPerSecond: 500,
};

describe('roomMoved', () => {
  it.each<{ behaviour: string; after: Partial<InterfaceRoom>; want: boolean }>([
    { behaviour: 'nothing changed', after: {}, want: false },
    { behaviour: 'a tenth of the speed became free', after: { freeToSendBitsPerSecond: 800 }, want: false },
    { behaviour: 'more of it did', after: { freeToSendBitsPerSecond: 801 }, want: true },
    { behaviour: 'more of it was used for receiving', after: { freeToReceiveBitsPerSecond: 399 }, want: true },
    { behaviour: 'the speed is another', after: { speedBitsPerSecond: 100 }, want: true },
    { behaviour: 'it is an hour newer', after: { measuredAt: secondsAgo(-3600) }, want: false },
  ])('$want where $behaviour', ({ after, want }) => {
    expect(roomMoved(ROOM, { ...ROOM, ...after })).toBe(want);
  });

  it('is true where there is one for the first time, or none any more', () => {
    expect(roomMoved(undefined, ROOM)).toBe(true);
    expect(roomMoved(ROOM, undefined)).toBe(true);
    expect(roomMoved(undefined, undefined)).toBe(false);
  });
});

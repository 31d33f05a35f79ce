import { describe, expect, it } from 'vitest';
import { LinkStore } from '#aggregator/link-store.ts';
import type { MeasuredLink } from '#core/api/network-topology-slice.ts';
import { makeSlice, NOW_MS, secondsAgo } from '#test/builders.ts';

function probe(destination: string, ageSeconds: number, rttMicroseconds: number | undefined = 5000) {
  const received = rttMicroseconds === undefined ? 0 : 7;
  const measuredAt = secondsAgo(ageSeconds);
  return { kind: 'rtt', destination, measuredAt, transmitted: 7, received, rttMicroseconds } as const;
}

function lost(destination: string, ageSeconds: number) {
  const measuredAt = secondsAgo(ageSeconds);
  return { kind: 'rtt', destination, measuredAt, transmitted: 7, received: 0 } as const;
}

describe('LinkStore', () => {
  it('keeps the links of an origin sorted by destination', () => {
    const store = new LinkStore();
    for (const destination of ['c', 'b', 'd']) store.add('a', probe(destination, 1), NOW_MS);
    expect(store.links('a').map(({ destination }) => destination)).toEqual(['b', 'c', 'd']);
    expect(store.links('b')).toEqual([]);
  });

  it('takes the same sample once', () => {
    const store = new LinkStore();
    expect(store.add('a', probe('b', 1), NOW_MS)).toBe('added');
    const version = store.version;
    expect(store.add('a', probe('b', 1), NOW_MS)).toBe('duplicate');
    expect(store.version).toBe(version);
    expect(store.links('a')[0]?.samples).toBe(7);
  });

  it('names each changed origin once, and again only after another change', () => {
    const store = new LinkStore();
    store.add('a', probe('b', 2), NOW_MS);
    store.add('a', probe('c', 2), NOW_MS);
    expect(store.takeChanged()).toEqual(['a']);
    expect(store.takeChanged()).toEqual([]);
    store.add('a', probe('b', 1), NOW_MS);
    expect(store.takeChanged()).toEqual(['a']);
  });

  it('tells times and reachability of a link', () => {
    const store = new LinkStore();
    for (const age of [3, 2, 1]) store.add('a', lost('b', age), NOW_MS);
    expect(store.state('a', 'b')).toEqual({
      rttMeasuredAtMs: NOW_MS - 1000,
      bandwidthMeasuredAtMs: Number.NEGATIVE_INFINITY,
      unreachable: true,
    });
    expect(store.state('b', 'a')).toBeUndefined();
  });

  it('drops what is not to be kept, and says which origin changed', () => {
    const store = new LinkStore();
    store.add('a', probe('b', 1), NOW_MS);
    store.add('a', probe('c', 1), NOW_MS);
    store.add('b', probe('c', 1), NOW_MS);
    store.takeChanged();
    store.retain((origin, destination) => origin !== 'a' || destination === 'c');
    expect(store.links('a').map(({ destination }) => destination)).toEqual(['c']);
    expect(store.takeChanged()).toEqual(['a']);
  });
});

describe('LinkStore.seed', () => {
  const published: Partial<MeasuredLink> = {
    rttMicroseconds: 12_345,
    jitterMicroseconds: 67,
    lossPartsPerMillion: 20_000,
    bandwidthBitsPerSecond: 940_000_000,
    rttMeasuredAt: secondsAgo(30),
    bandwidthMeasuredAt: secondsAgo(3000),
    samples: 100,
  };

  it.each<{ name: string; link: Partial<MeasuredLink> }>([
    { name: 'with all metrics', link: published },
    { name: 'without bandwidth', link: { rttMicroseconds: 100, lossPartsPerMillion: 0, rttMeasuredAt: secondsAgo(5) } },
    {
      name: 'of a bandwidth alone',
      link: { rttMeasuredAt: undefined, bandwidthBitsPerSecond: 1e8, bandwidthMeasuredAt: secondsAgo(9), samples: 0 },
    },
  ])('gives back a published link $name as it was', ({ link }) => {
    const slice = makeSlice('a', { b: link });
    const store = new LinkStore();
    store.seed(slice, NOW_MS);
    expect(store.links('a')).toEqual(slice.links);
  });

  it('keeps an unreachable link unreachable', () => {
    const store = new LinkStore();
    store.seed(makeSlice('a', { b: { lossPartsPerMillion: 1_000_000, samples: 21 } }), NOW_MS);
    expect(store.links('a')).toMatchObject([{ lossPartsPerMillion: 1_000_000, samples: 21 }]);
  });

  it('takes what is not newer than the published for known, by kind', () => {
    const store = new LinkStore();
    store.seed(makeSlice('a', { b: published }), NOW_MS);
    expect(store.add('a', probe('b', 30), NOW_MS)).toBe('stale');
    expect(store.add('a', probe('b', 29), NOW_MS)).toBe('added');
    const test = { kind: 'bandwidth', destination: 'b', leaseId: 'x', bandwidthBitsPerSecond: 1e9 } as const;
    expect(store.add('a', { ...test, measuredAt: secondsAgo(2000) }, NOW_MS)).toBe('added');
  });

  it('does not touch a link that was measured already', () => {
    const store = new LinkStore();
    store.add('a', probe('b', 1, 777), NOW_MS);
    store.seed(makeSlice('a', { b: published }), NOW_MS);
    expect(store.links('a')[0]?.rttMicroseconds).toBe(777);
  });
});

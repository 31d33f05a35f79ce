import { describe, expect, it } from 'vitest';
import { LinkStore } from '#aggregator/links/link-store.ts';
import type { Measurement } from '#core/api/agent.ts';
import type { MeasuredLink } from '#core/api/network-topology-slice.ts';
import { createSliceReader } from '#core/topology/slice-readings.ts';
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

function add(store: LinkStore, origin: string, measurement: Measurement, linksLimit = 100) {
  return store.add(origin, measurement, Date.parse(measurement.measuredAt), linksLimit);
}

/** Twice, half a second apart: nothing is told of a link before a second probe. */
function addConfirmed(store: LinkStore, origin: string, measurement: Measurement, linksLimit = 100) {
  const earlierMs = Date.parse(measurement.measuredAt) - 500;
  add(store, origin, { ...measurement, measuredAt: new Date(earlierMs).toISOString() }, linksLimit);
  add(store, origin, measurement, linksLimit);
}

function changesOf(store: LinkStore) {
  return [...store.takeChanges()].map(([origin, links]) => [origin, links === 'all' ? links : [...links]]);
}

describe('LinkStore', () => {
  it('keeps the links of an origin sorted by destination', () => {
    const store = new LinkStore();
    for (const destination of ['c', 'b', 'd']) addConfirmed(store, 'a', probe(destination, 1));
    expect(store.links('a').map(({ destination }) => destination)).toEqual(['b', 'c', 'd']);
    expect(store.links('b')).toEqual([]);
  });

  it('takes the same sample once', () => {
    const store = new LinkStore();
    expect(add(store, 'a', probe('b', 1))).toBe('added');
    const version = store.version;
    expect(add(store, 'a', probe('b', 1))).toBe('duplicate');
    expect(store.version).toBe(version);
    add(store, 'a', probe('b', 0));
    expect(store.links('a')[0]?.samples).toBe(14);
  });

  it('tells nothing of a link before a second probe confirms the first, but when it was probed', () => {
    const store = new LinkStore();
    add(store, 'a', probe('b', 2));
    expect(store.link('a', 'b')).toBeUndefined();
    expect(store.links('a')).toEqual([]);
    expect(store.readings('a')).toEqual({ destinations: [], values: new Float64Array(0) });
    expect(store.state('a', 'b')).toMatchObject({ probedAtMs: NOW_MS - 2000, rttMeasuredAtMs: -Infinity });
    add(store, 'a', probe('b', 1));
    expect(store.links('a')).toMatchObject([{ destination: 'b', rttMicroseconds: 5000, samples: 14 }]);
    expect(store.state('a', 'b')).toMatchObject({ probedAtMs: NOW_MS - 1000, rttMeasuredAtMs: NOW_MS - 1000 });
  });

  it('names each link that changed once, and again only after another change', () => {
    const store = new LinkStore();
    add(store, 'a', probe('b', 2));
    add(store, 'a', probe('c', 2));
    add(store, 'a', probe('b', 1));
    expect(changesOf(store)).toEqual([['a', ['b', 'c']]]);
    expect(changesOf(store)).toEqual([]);
    add(store, 'a', probe('b', 1));
    expect(changesOf(store)).toEqual([]);
    store.markChanged('a');
    add(store, 'a', probe('b', 0));
    expect(changesOf(store)).toEqual([['a', 'all']]);
  });

  it('leaves out what was disturbed, and tests that failed', () => {
    const store = new LinkStore();
    expect(add(store, 'a', { ...probe('b', 2), disturbedBy: 'throttled' })).toBe('disturbed');
    const failed = { kind: 'bandwidth', destination: 'b', measuredAt: secondsAgo(1), leaseId: 'x' } as const;
    expect(add(store, 'a', { ...failed, bandwidthBitsPerSecond: 1e9, disturbedBy: 'bandwidthTest' })).toBe('disturbed');
    expect(add(store, 'a', { ...failed, error: 'refused' })).toBe('valueless');
    expect(store.size).toBe(0);
    expect(changesOf(store)).toEqual([]);
  });

  it('tells the links as numbers, as a reader of its slice would read them', () => {
    const store = new LinkStore();
    addConfirmed(store, 'a', { ...probe('c', 2), method: 'tcp', jitterMicroseconds: 40 });
    addConfirmed(store, 'a', lost('b', 1));
    add(store, 'a', probe('e', 1));
    const test = { kind: 'bandwidth', destination: 'd', leaseId: 'x', bandwidthBitsPerSecond: 1e9 } as const;
    add(store, 'a', { ...test, measuredAt: secondsAgo(9) });
    const [b, c, d] = store.links('a') as [MeasuredLink, MeasuredLink, MeasuredLink];
    const { destinations, values } = createSliceReader()({ ...makeSlice('a', {}), links: [c, b, d] });
    expect(store.readings('a')).toEqual({ destinations, values });
    expect(store.readings('unknown')).toEqual({ destinations: [], values: new Float64Array(0) });
  });

  it('names each origin that changed once to another reader as well', () => {
    const store = new LinkStore();
    add(store, 'a', probe('b', 2));
    add(store, 'a', probe('c', 2));
    store.takeChanges();
    expect([...store.takeChangedOrigins()]).toEqual(['a']);
    expect([...store.takeChangedOrigins()]).toEqual([]);
  });

  it('keeps UDP tests apart from those by TCP', () => {
    const store = new LinkStore();
    const test = { kind: 'bandwidth', destination: 'b', leaseId: 'x', bandwidthBitsPerSecond: 1e9 } as const;
    add(store, 'a', { ...test, measuredAt: secondsAgo(9) });
    const udp = {
      protocol: 'udp',
      bandwidthBitsPerSecond: 5,
      jitterMicroseconds: 30,
      lossPartsPerMillion: 70,
    } as const;
    expect(add(store, 'a', { ...test, ...udp, measuredAt: secondsAgo(1) })).toBe('added');
    expect(store.links('a')).toMatchObject([{ bandwidthBitsPerSecond: 1e9, bandwidthMeasuredAt: secondsAgo(9) }]);
    const { jitterMicroseconds, lossPartsPerMillion } = udp;
    expect(store.udp('a', 'b')).toEqual({ measuredAtMs: NOW_MS - 1000, jitterMicroseconds, lossPartsPerMillion });
  });

  it('keeps the congestion control of the last TCP test of a link, and not in its slice', () => {
    const store = new LinkStore();
    const test = { kind: 'bandwidth', destination: 'b', leaseId: 'x', bandwidthBitsPerSecond: 1e9 } as const;
    add(store, 'a', { ...test, congestionControl: 'cubic', measuredAt: secondsAgo(9) });
    add(store, 'a', { ...test, protocol: 'udp', measuredAt: secondsAgo(8) });
    expect(store.congestionControl('a', 'b')).toBe('cubic');
    expect(store.congestionControl('b', 'a')).toBeUndefined();
    expect(store.link('a', 'b')).not.toHaveProperty('congestionControl');
    add(store, 'a', { ...test, congestionControl: 'bbr', measuredAt: secondsAgo(1) });
    expect(store.congestionControl('a', 'b')).toBe('bbr');
    store.retain(() => false);
    add(store, 'c', probe('d', 1));
    expect(store.congestionControl('c', 'd')).toBeUndefined();
  });

  it('tells the method where it is not ping', () => {
    const store = new LinkStore();
    addConfirmed(store, 'a', { ...probe('b', 2), method: 'icmp' });
    expect(store.link('a', 'b')).not.toHaveProperty('rttMethod');
    addConfirmed(store, 'a', { ...probe('b', 1, 7000), method: 'tcp' });
    expect(store.link('a', 'b')).toMatchObject({ rttMethod: 'tcp', rttMicroseconds: 7000 });
  });

  it('drops the link that was not measured for longest where an origin has too many', () => {
    const store = new LinkStore();
    for (const [age, destination] of ['b', 'c', 'd'].entries())
      addConfirmed(store, 'a', probe(destination, 5 + age), 3);
    add(store, 'a', probe('d', 1), 3);
    addConfirmed(store, 'a', probe('e', 0), 3);
    expect(store.links('a').map(({ destination }) => destination)).toEqual(['b', 'd', 'e']);
    expect(store.size).toBe(3);
  });

  it('uses the windows of dropped links again, empty', () => {
    const store = new LinkStore();
    for (const age of [3, 2, 1]) add(store, 'a', probe('b', age, 90_000));
    store.retain(() => false);
    addConfirmed(store, 'c', probe('d', 50, 100));
    expect(store.links('c')).toMatchObject([{ rttMicroseconds: 100, samples: 14 }]);
    expect(store.size).toBe(1);
  });

  it('tells times and reachability of a link', () => {
    const store = new LinkStore();
    for (const age of [3, 2, 1]) add(store, 'a', lost('b', age));
    expect(store.state('a', 'b')).toEqual({
      probedAtMs: NOW_MS - 1000,
      rttMeasuredAtMs: NOW_MS - 1000,
      bandwidthMeasuredAtMs: Number.NEGATIVE_INFINITY,
      unreachable: true,
    });
    expect(store.state('b', 'a')).toBeUndefined();
  });

  it('tells when a link of which something is told was last answered, as long as its last probe was', () => {
    const store = new LinkStore();
    expect(store.answeredAtMs('a', 'b')).toBe(Number.NEGATIVE_INFINITY);
    add(store, 'a', probe('b', 10));
    expect(store.answeredAtMs('a', 'b')).toBe(Number.NEGATIVE_INFINITY);
    add(store, 'a', probe('b', 9));
    expect(store.answeredAtMs('a', 'b')).toBe(NOW_MS - 9000);
    add(store, 'a', lost('b', 8));
    expect(store.answeredAtMs('a', 'b')).toBe(Number.NEGATIVE_INFINITY);
    add(store, 'a', probe('b', 7));
    expect(store.answeredAtMs('a', 'b')).toBe(NOW_MS - 7000);
    store.retain(() => false);
    const test = { kind: 'bandwidth', destination: 'b', leaseId: 'x', bandwidthBitsPerSecond: 1e9 } as const;
    add(store, 'a', { ...test, measuredAt: secondsAgo(1) });
    expect(store.answeredAtMs('a', 'b')).toBe(Number.NEGATIVE_INFINITY);
  });

  it('drops what is not to be kept, and says which origin changed', () => {
    const store = new LinkStore();
    addConfirmed(store, 'a', probe('b', 1));
    addConfirmed(store, 'a', probe('c', 1));
    addConfirmed(store, 'b', probe('c', 1));
    store.takeChanges();
    store.retain((origin, destination) => origin !== 'a' || destination === 'c');
    expect(store.links('a').map(({ destination }) => destination)).toEqual(['c']);
    expect(changesOf(store)).toEqual([['a', 'all']]);
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

  it('keeps the times of others apart from that of a test long ago, and takes no probe of days ago', () => {
    const store = new LinkStore();
    const day = 86_400;
    const tested = (ago: number) => ({ ...published, bandwidthMeasuredAt: secondsAgo(ago) });
    for (const [origin, ago] of [
      ['a', 600],
      ['b', 60 * day],
      ['c', 300],
    ] as const) {
      store.seed(
        makeSlice(origin, { z: { ...tested(ago), rttMeasuredAt: secondsAgo(Math.max(30, ago - 600)) } }),
        NOW_MS,
      );
    }
    expect(store.links('a')).toMatchObject([{ bandwidthMeasuredAt: secondsAgo(600), rttMeasuredAt: secondsAgo(30) }]);
    expect(store.links('c')).toMatchObject([{ bandwidthMeasuredAt: secondsAgo(300), rttMeasuredAt: secondsAgo(30) }]);
    expect(store.links('b')).toMatchObject([{ bandwidthMeasuredAt: secondsAgo(60 * day), samples: 0 }]);
  });

  it('keeps an unreachable link unreachable', () => {
    const store = new LinkStore();
    store.seed(makeSlice('a', { b: { lossPartsPerMillion: 1_000_000, samples: 21 } }), NOW_MS);
    expect(store.links('a')).toMatchObject([{ lossPartsPerMillion: 1_000_000, samples: 21 }]);
  });

  it('takes what is not newer than the published for known, by kind', () => {
    const store = new LinkStore();
    store.seed(makeSlice('a', { b: published }), NOW_MS);
    expect(add(store, 'a', probe('b', 30))).toBe('duplicate');
    expect(add(store, 'a', probe('b', 31))).toBe('stale');
    expect(add(store, 'a', probe('b', 29))).toBe('added');
    const test = { kind: 'bandwidth', destination: 'b', leaseId: 'x', bandwidthBitsPerSecond: 1e9 } as const;
    expect(add(store, 'a', { ...test, measuredAt: secondsAgo(2000) })).toBe('added');
  });

  it('does not touch a link that was measured already', () => {
    const store = new LinkStore();
    addConfirmed(store, 'a', probe('b', 1, 777));
    store.seed(makeSlice('a', { b: published }), NOW_MS);
    expect(store.links('a')[0]?.rttMicroseconds).toBe(777);
  });
});

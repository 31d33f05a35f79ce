import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { buildMatrix } from '#core/scoring/snapshot.ts';
import { makeNode, makeSlice, makeTopology, NOW_MS, secondsAgo } from '#test/builders.ts';
import type { LinkQuantity } from './link-matrix.ts';
import { SOURCE_CODES } from './link-matrix.ts';

const nodes = [
  makeNode('a1', { zone: 'a', region: 'r' }),
  makeNode('a2', { zone: 'a', region: 'r' }),
  makeNode('b1', { zone: 'b', region: 'r' }),
  makeNode('b2', { zone: 'b', region: 'r' }),
  makeNode('far', { zone: 'c', region: 's' }),
  makeNode('bare'),
];

function matrixOf(slices: NetworkTopologySlice[], spec: Record<string, unknown> = {}) {
  return buildMatrix({ nodes, slices, topology: makeTopology(spec) }, NOW_MS);
}

const a1ToB1 = makeSlice('a1', { b1: { rttMicroseconds: 8000, lossPartsPerMillion: 0, bandwidthBitsPerSecond: 2e8 } });

describe('positions of nodes', () => {
  it('are those of the names asked for, whatever was asked for before', () => {
    const matrix = matrixOf([]);
    const names = fc.array(fc.constantFrom(...matrix.nodes.map(({ name }) => name), 'nowhere'));
    fc.assert(
      fc.property(fc.array(names), (lists) => {
        for (const list of lists) {
          const asked = [...list];
          expect([...matrix.indexesOf(asked)]).toEqual(list.map((name) => matrix.indexOf(name) ?? -1));
          asked.push('a1');
          expect([...matrix.indexesOf(asked)]).toEqual([...list, 'a1'].map((name) => matrix.indexOf(name) ?? -1));
        }
      }),
    );
  });
});

describe('what is known of a link', () => {
  it.each([
    ['a measured link is what was measured', 'a1', 'b1', 'measured'],
    ['the opposite direction is another link', 'b1', 'a1', 'labels'],
    ['an unmeasured pair takes the median of its zone pair', 'a2', 'b2', 'zone'],
    ['without measurements only labels tell: same zone', 'a1', 'a2', 'labels'],
    ['a node without labels is unknown', 'a1', 'bare', 'unknown'],
    ['a node that does not exist is unknown', 'a1', 'nowhere', 'unknown'],
    ['a node to itself is local', 'bare', 'bare', 'local'],
  ])('%s', (_name, origin, destination, want) => {
    expect(matrixOf([a1ToB1]).link(origin, destination).source).toBe(want);
  });

  it('orders labels: same zone, same region, other', () => {
    const matrix = matrixOf([]);
    const [zone, region, other] = ['a2', 'b1', 'far'].map((node) => matrix.link('a1', node).cost ?? Number.NaN);
    expect(zone).toBeLessThan(region as number);
    expect(region).toBeLessThan(other as number);
  });

  it('prefers a static cost to labels, of the zone before the region, in either direction', () => {
    const staticCosts = [
      { topologyKey: 'region', origin: 'r', destination: 's', networkCost: 20 },
      { topologyKey: 'zone', origin: 'a', destination: 'c', networkCost: 70 },
    ];
    const matrix = matrixOf([], { staticCosts });
    expect(matrix.link('a1', 'far')).toMatchObject({ source: 'static', cost: 0.7 });
    expect(matrix.link('far', 'a1')).toMatchObject({ source: 'static', cost: 0.7 });
    expect(matrix.link('b1', 'far')).toMatchObject({ source: 'static', cost: 0.2 });
  });

  it('calls a pair unreachable that was probed without any answer, at full cost, and never estimates it', () => {
    const dead = makeSlice('a2', { b1: { lossPartsPerMillion: 1_000_000 } });
    expect(matrixOf([a1ToB1, dead]).link('a2', 'b1')).toMatchObject({ source: 'unreachable', cost: 1 });
  });

  it('calls the way back unreachable, too, which nobody probed: it takes both for an answer', () => {
    const dead = makeSlice('b1', { a2: { lossPartsPerMillion: 1_000_000 } });
    const matrix = matrixOf([a1ToB1, dead]);
    const [a2, b1] = ['a2', 'b1'].map((name) => matrix.indexOf(name)) as [number, number];
    expect(matrix.link('a2', 'b1')).toMatchObject({ source: 'unreachable', cost: 1 });
    expect(matrix.costAt(a2, b1)).toBe(1);
    expect(matrix.vector('cost', 'from', a2)[b1]).toBe(1);
    expect(matrix.vector('cost', 'to', b1)[a2]).toBe(1);
    expect(matrix.link('a2', 'b2').source).toBe('zone');
  });

  it('believes an answer of its own more than a probe in vain on the way back', () => {
    const dead = makeSlice('b1', { a1: { lossPartsPerMillion: 1_000_000 } });
    expect(matrixOf([a1ToB1, dead]).link('a1', 'b1').source).toBe('measured');
  });

  it('uses a stale measurement for its zone pair only, and one of yesterday not at all', () => {
    const measured = (age: number) =>
      makeSlice('a1', { b1: { rttMicroseconds: 8000, rttMeasuredAt: secondsAgo(age) } });
    expect(matrixOf([measured(299)]).link('a1', 'b1').source).toBe('measured');
    expect(matrixOf([measured(3600)]).link('a1', 'b1').source).toBe('zone');
    expect(matrixOf([measured(25 * 3600)]).link('a1', 'b1').source).toBe('labels');
  });

  it.each([
    { name: 'fresh when the slice was last written', measured: 1000, observed: 900, want: 'measured' },
    { name: 'no longer fresh then', measured: 1000, observed: 699, want: 'zone' },
    {
      name: 'fresh then, but the slice was not written for half an hour',
      measured: 1900,
      observed: 1801,
      want: 'zone',
    },
  ])('uses an RTT for its link that was $name: $want', ({ measured, observed, want }) => {
    const slice = makeSlice('a1', { b1: { rttMicroseconds: 8000, rttMeasuredAt: secondsAgo(measured) } });
    const matrix = matrixOf([{ ...slice, observedAt: secondsAgo(observed) }]);
    expect(matrix.link('a1', 'b1').source).toBe(want);
  });

  it('fills in the bandwidth of the zone pair where a link has none of its own', () => {
    const noBandwidth = makeSlice('a2', { b1: { rttMicroseconds: 9000 } });
    expect(matrixOf([a1ToB1, noBandwidth]).link('a2', 'b1')).toMatchObject({
      source: 'measured',
      rttMicroseconds: 9000,
      bandwidthBitsPerSecond: 2e8,
      bandwidthAgeSeconds: undefined,
    });
    expect(matrixOf([a1ToB1, noBandwidth]).link('a1', 'b1').bandwidthAgeSeconds).toBe(0);
  });

  it('keeps a link of which only bandwidth was measured out of the measured ones', () => {
    const { rttMeasuredAt: _never, ...link } = makeSlice('a1', { b1: { bandwidthBitsPerSecond: 1e8 } }).links[0] ?? {
      destination: 'b1',
      samples: 0,
    };
    const matrix = matrixOf([{ ...makeSlice('a1', {}), links: [link] }]);
    expect(matrix.link('a1', 'b1').source).toBe('zone');
    expect(matrix.measuredLinks).toBe(0);
  });

  it('estimates the cost of a measured link of which nothing is known that weighs', () => {
    const bandwidthOnly = { weights: { latency: 0, bandwidth: 100, loss: 0 } };
    const noBandwidth = makeSlice('a1', { b1: { rttMicroseconds: 8000 }, bare: { rttMicroseconds: 1 } });
    const matrix = matrixOf([noBandwidth], bandwidthOnly);
    expect(matrix.link('a1', 'b1')).toMatchObject({ source: 'labels', cost: 0.4, rttMicroseconds: 8000 });
    expect(matrix.link('a1', 'bare')).toMatchObject({ source: 'unknown', confidence: 0 });
  });

  it('leaves an unreachable pair out of its zone pair, also when that is long ago', () => {
    const dead = makeSlice('a2', { b1: { lossPartsPerMillion: 1_000_000, rttMeasuredAt: secondsAgo(3600) } });
    expect(matrixOf([a1ToB1, dead]).zones).toMatchObject([{ lossPartsPerMillion: 0, links: 1 }]);
    expect(matrixOf([a1ToB1, dead]).link('a2', 'b1').source).toBe('zone');
  });

  it('does not take a zone that is called undefined for no zone', () => {
    const odd = [
      makeNode('u1', { zone: 'undefined' }),
      makeNode('u2', { zone: 'undefined' }),
      makeNode('n1'),
      makeNode('n2'),
    ];
    const matrix = buildMatrix({ nodes: odd, slices: [makeSlice('u1', { u2: { rttMicroseconds: 8000 } })] }, NOW_MS);
    expect(matrix.link('u2', 'u1').source).toBe('zone');
    expect(matrix.link('n1', 'n2').source).toBe('unknown');
  });

  it('counts a pair once, the last, where two slices have the same origin', () => {
    const again = { ...makeSlice('a1', { b1: { rttMicroseconds: 5000 } }), metadata: { name: 'again' } };
    const matrix = matrixOf([a1ToB1, again]);
    expect(matrix.measuredLinks).toBe(1);
    expect(matrix.link('a1', 'b1').rttMicroseconds).toBe(5000);
  });

  it('ignores links of nodes that are gone, and of a node to itself', () => {
    const matrix = matrixOf([makeSlice('a1', { gone: { rttMicroseconds: 1 }, a1: { rttMicroseconds: 1 } })]);
    expect(matrix.measuredLinks).toBe(0);
    expect(matrix.link('a1', 'gone').source).toBe('unknown');
  });

  it('trusts measured links more than estimates, and many samples more than few', () => {
    const few = makeSlice('b1', { a1: { rttMicroseconds: 8000, samples: 7 } });
    const matrix = matrixOf([a1ToB1, few]);
    const confidence = (origin: string, destination: string) => matrix.link(origin, destination).confidence;
    expect(confidence('a1', 'b1')).toBeGreaterThan(confidence('b1', 'a1'));
    expect(confidence('b1', 'a1')).toBeGreaterThan(confidence('b2', 'a2'));
    expect(confidence('b2', 'a2')).toBeGreaterThan(confidence('a1', 'a2'));
    expect(confidence('a1', 'bare')).toBe(0);
  });
});

/** A node's place on a line, in microseconds. */
function placeAt(
  microseconds: number,
  errorPartsPerMillion = 100_000,
): NonNullable<NetworkTopologySlice['coordinate']> {
  return {
    vectorMicroseconds: [microseconds, 0, 0, 0, 0, 0, 0, 0],
    originHeightMicroseconds: 0,
    destinationHeightMicroseconds: 0,
    errorPartsPerMillion,
  };
}

function roomOf(free: number, measuredAt = secondsAgo(0)): NonNullable<NetworkTopologySlice['interface']> {
  return { speedBitsPerSecond: 1e9, freeToSendBitsPerSecond: free, freeToReceiveBitsPerSecond: 2 * free, measuredAt };
}

describe('coordinates', () => {
  const at = (name: string, microseconds: number, links: Parameters<typeof makeSlice>[1] = {}) => ({
    ...makeSlice(name, links),
    coordinate: placeAt(microseconds),
  });
  const staticCosts = [{ topologyKey: 'zone', origin: 'a', destination: 'c', networkCost: 70 }];

  it('estimate a link that nothing was measured of, before static costs and labels', () => {
    const matrix = matrixOf([at('a1', 0), at('far', 30_000), at('bare', 7000)], { staticCosts });
    expect(matrix.link('a1', 'far')).toMatchObject({
      source: 'coordinates',
      rttMicroseconds: 30_000,
      confidence: 0.45,
    });
    expect(matrix.link('a1', 'bare')).toMatchObject({ source: 'coordinates', rttMicroseconds: 7000 });
    expect(matrix.link('a2', 'far').source).toBe('static');
  });

  it('are no RTT that limits look at', () => {
    const matrix = matrixOf([at('a1', 0), at('far', 30_000)]);
    const far = matrix.indexOf('far') as number;
    expect(matrix.known('rttMicroseconds', 'from', 0)[far]).toBeNaN();
    expect(matrix.known('cost', 'from', 0)[far]).toBe(matrix.link('a1', 'far').cost);
  });

  it('count after the median of the zone pair', () => {
    expect(matrixOf([a1ToB1, at('a2', 0), at('b2', 30_000)]).link('a2', 'b2').source).toBe('zone');
  });

  it('never stand for a pair that was probed in vain, also when that is long ago', () => {
    const dead = { far: { lossPartsPerMillion: 1_000_000, rttMeasuredAt: secondsAgo(3600) } };
    const matrix = matrixOf([at('a1', 0, dead), at('a2', 0), at('far', 30_000)]);
    expect(matrix.link('a1', 'far').source).toBe('labels');
    expect(matrix.link('far', 'a1').source).toBe('labels');
    expect(matrix.link('a2', 'far').source).toBe('coordinates');
  });
});

describe('what interfaces have left', () => {
  const withRoom = (slice: NetworkTopologySlice, free: number, measuredAt?: string) => ({
    ...slice,
    interface: roomOf(free, measuredAt),
  });
  const rttOnly = makeSlice('a1', { far: { rttMicroseconds: 8000, lossPartsPerMillion: 0 } });

  it('is the most that a bandwidth can be which is neither measured nor known of the zone pair', () => {
    const matrix = matrixOf([a1ToB1, withRoom(makeSlice('a2', {}), 3e8), withRoom(makeSlice('far', {}), 1e8)]);
    expect(matrix.link('a1', 'b1')).toMatchObject({ bandwidthSource: 'measured', bandwidthConfidence: 1 });
    expect(matrix.link('a2', 'b2')).toMatchObject({ bandwidthBitsPerSecond: 2e8, bandwidthSource: 'zone' });
    expect(matrix.link('a2', 'far')).toMatchObject({
      source: 'labels',
      bandwidthBitsPerSecond: 2e8,
      bandwidthSource: 'interface',
      bandwidthConfidence: 0.3,
    });
  });

  it('counts in the cost of a link whose RTT is known', () => {
    const maxima = { rttMicroseconds: 10_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 };
    const matrix = (slice: NetworkTopologySlice) =>
      buildMatrix({ nodes, slices: [slice], topology: makeTopology({}, { maxima, zones: [] }) }, NOW_MS);
    expect(matrix(rttOnly).link('a1', 'far').cost).toBeCloseTo((60 * 0.8) / 80);
    expect(matrix(withRoom(rttOnly, 5e8)).link('a1', 'far').cost).toBeCloseTo((60 * 0.8 + 20 * 0.5) / 100);
  });

  it('is not told any more once it is old', () => {
    const { bandwidthSource } = matrixOf([withRoom(rttOnly, 5e8, secondsAgo(301))]).link('a1', 'far');
    expect(bandwidthSource).toBeUndefined();
  });

  it('is told apart from a bandwidth that is known', () => {
    const b1Measured = { b1: { rttMicroseconds: 8000, bandwidthBitsPerSecond: 2e8 }, far: { rttMicroseconds: 8000 } };
    const matrix = matrixOf([withRoom(makeSlice('a1', b1Measured), 5e8)]);
    const [far, b1] = [matrix.indexOf('far') as number, matrix.indexOf('b1') as number];
    expect(matrix.known('bandwidthBitsPerSecond', 'from', 0)[far]).toBeNaN();
    expect(matrix.mostBandwidth('from', 0)?.[far]).toBe(5e8);
    expect(matrix.mostBandwidth('from', 0)?.[b1]).toBeNaN();
  });
});

it('tells how an RTT was measured', () => {
  const matrix = matrixOf([
    makeSlice('a1', { b1: { rttMicroseconds: 1, rttMethod: 'tcp' }, b2: { rttMicroseconds: 1 } }),
  ]);
  expect(matrix.link('a1', 'b1').rttMethod).toBe('tcp');
  expect(matrix.link('a1', 'b2').rttMethod).toBeUndefined();
});

describe('vectors', () => {
  const matrix = matrixOf([a1ToB1]);
  const index = (name: string) => matrix.indexOf(name) ?? Number.NaN;

  it('hold the same costs as the links, in both directions', () => {
    const to = matrix.vector('cost', 'to', index('b1'));
    const from = matrix.vector('cost', 'from', index('b1'));
    for (const [position, { name }] of matrix.nodes.entries()) {
      expect(to[position]).toEqual(matrix.link(name, 'b1').cost ?? Number.NaN);
      expect(from[position]).toEqual(matrix.link('b1', name).cost ?? Number.NaN);
    }
  });

  it('say of every link what the link itself says, however it is known', () => {
    const dead = makeSlice('b2', { a1: { lossPartsPerMillion: 1_000_000 }, far: { rttMicroseconds: 40_000 } });
    const stale = makeSlice('a2', { b1: { rttMicroseconds: 9000, rttMeasuredAt: secondsAgo(3600) } });
    const mixed = matrixOf([a1ToB1, dead, stale]);
    const seen = new Set<string>();
    for (const [node, { name }] of mixed.nodes.entries()) {
      for (const [other, { name: otherName }] of mixed.nodes.entries()) {
        const link = mixed.link(otherName, name);
        seen.add(link.source);
        expect(SOURCE_CODES[mixed.sources('to', node)[other] ?? -1]).toBe(link.source);
        expect(SOURCE_CODES[mixed.sources('from', other)[node] ?? -1]).toBe(link.source);
        expect(mixed.vector('cost', 'to', node)[other]).toEqual(link.cost ?? Number.NaN);
        expect(mixed.vector('cost', 'from', other)[node]).toEqual(link.cost ?? Number.NaN);
      }
    }
    expect([...seen].toSorted()).toEqual(['labels', 'local', 'measured', 'unknown', 'unreachable', 'zone']);
  });

  it('are made once', () => {
    expect(matrix.vector('cost', 'to', 0)).toBe(matrix.vector('cost', 'to', 0));
  });

  it('read other quantities back from a cost where only that is known', () => {
    const rtt = matrix.vector('rttMicroseconds', 'from', index('a1'));
    const bandwidth = matrix.vector('bandwidthBitsPerSecond', 'from', index('a1'));
    const cost = matrix.link('a1', 'a2').cost ?? Number.NaN;
    expect(rtt[index('a2')]).toBeCloseTo(cost * matrix.maxima.rttMicroseconds);
    expect(bandwidth[index('a2')]).toBeCloseTo((1 - cost) * matrix.maxima.bandwidthBitsPerSecond);
    expect(rtt[index('bare')]).toBeNaN();
  });

  it('have an infinite RTT where a link is unreachable', () => {
    const dead = matrixOf([makeSlice('a1', { a2: { lossPartsPerMillion: 1_000_000 } })]);
    const rtt = dead.vector('rttMicroseconds', 'to', dead.indexOf('a2') ?? Number.NaN);
    expect(rtt[dead.indexOf('a1') ?? Number.NaN]).toBe(Number.POSITIVE_INFINITY);
  });

  it('tell for limits only what is known, the best within a node, and the worst where nothing comes back', () => {
    const dead = makeSlice('a2', { b1: { lossPartsPerMillion: 1_000_000 } });
    const known = matrixOf([a1ToB1, dead]);
    const toB1 = (quantity: LinkQuantity) => [...known.known(quantity, 'to', index('b1'))];
    const infinite = Number.POSITIVE_INFINITY;
    // From a1 (measured), a2 (unreachable), b1 itself, b2 (same zone), far (other), bare (unknown).
    expect(toB1('rttMicroseconds')).toEqual([8000, infinite, 0, Number.NaN, Number.NaN, Number.NaN]);
    expect(toB1('lossPartsPerMillion')).toEqual([0, infinite, 0, Number.NaN, Number.NaN, Number.NaN]);
    expect(toB1('bandwidthBitsPerSecond')).toEqual([2e8, 0, infinite, Number.NaN, Number.NaN, Number.NaN]);
    expect(toB1('cost')).toEqual([expect.any(Number), infinite, 0, 0.1, 0.8, Number.NaN]);
    expect(known.known('rttMicroseconds', 'from', index('a1'))[index('b2')]).toBe(8000);
  });

  it('tell the source of every link', () => {
    const sources = [...matrix.sources('from', index('a1'))].map((code) => SOURCE_CODES[code]);
    expect(sources).toEqual(['local', 'labels', 'measured', 'zone', 'labels', 'unknown']);
  });
});

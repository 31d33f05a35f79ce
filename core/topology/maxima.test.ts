import { describe, expect, it } from 'vitest';
import { probeSettings } from '#core/api/network-topology.ts';
import { finish } from '#core/pieces.ts';
import { makeSlice, NOW_MS } from '#test/builders.ts';
import { LinkRows } from './link-rows.ts';
import { robustMaxima } from './maxima.ts';
import { createSliceReader } from './slice-readings.ts';
import { zonePairs } from './zone-pairs.ts';

const near = Array.from({ length: 40 }, (_, index) => ({ name: `n${index}`, zone: 'near' }));
const far = [{ name: 'e0', zone: 'far' }];
const nodes = [...near, ...far];

/** Every near node to its next neighbour. */
function nearLinks(rttOf: (index: number) => number) {
  return near.map(({ name }, index) =>
    makeSlice(name, { [`n${(index + 1) % near.length}`]: { rttMicroseconds: rttOf(index), lossPartsPerMillion: 0 } }),
  );
}

function read(slices: ReturnType<typeof makeSlice>[], among: { name: string }[]) {
  const rows = new LinkRows(among, probeSettings.parse({}), NOW_MS);
  finish(rows.putAll(slices.map(createSliceReader())));
  return rows;
}

function maximaOf(slices: ReturnType<typeof makeSlice>[]) {
  const rows = read(slices, nodes);
  return finish(robustMaxima(rows, finish(zonePairs(rows))));
}

describe('robustMaxima', () => {
  it('is not moved by one absurd link among many', () => {
    const absurd = nearLinks((index) => (index === 0 ? 59_000_000 : 2000));
    expect(maximaOf(absurd).rttMicroseconds).toBe(2000);
  });

  it('is not moved by a dead link', () => {
    const dead = [...nearLinks(() => 2000), makeSlice('n3', { n9: { lossPartsPerMillion: 1_000_000 } })];
    expect(maximaOf(dead).lossPartsPerMillion).toBe(10_000);
  });

  it('is raised by a zone pair that is far off, however few its links', () => {
    const withFar = [...nearLinks(() => 2000), makeSlice('e0', { n0: { rttMicroseconds: 30_000 } })];
    expect(maximaOf(withFar).rttMicroseconds).toBe(30_000);
  });

  it('but not beyond twenty times what covers most links', () => {
    const absurdFar = [...nearLinks(() => 2000), makeSlice('e0', { n0: { rttMicroseconds: 59_000_000 } })];
    expect(maximaOf(absurdFar).rttMicroseconds).toBe(40_000);
  });

  it('has a floor, so that differences which do not matter are not stretched', () => {
    expect(maximaOf(nearLinks(() => 50)).rttMicroseconds).toBe(500);
    expect(maximaOf([]).rttMicroseconds).toBe(500);
  });
});

describe('zonePairs', () => {
  it('takes the median of each direction and leaves out what is unreachable or without a zone', () => {
    const slices = [
      makeSlice('n0', { n1: { rttMicroseconds: 100 }, n2: { rttMicroseconds: 300 }, n3: { rttMicroseconds: 200 } }),
      makeSlice('n1', { n2: { lossPartsPerMillion: 1_000_000 } }),
      makeSlice('e0', { n0: { rttMicroseconds: 9000, bandwidthBitsPerSecond: 5, lossPartsPerMillion: 7 } }),
      makeSlice('bare', { n0: { rttMicroseconds: 1 } }),
    ];
    const all = [...nodes, { name: 'bare' }];
    expect(finish(zonePairs(read(slices, all)))).toEqual([
      {
        origin: 'far',
        destination: 'near',
        rttMicroseconds: 9000,
        bandwidthBitsPerSecond: 5,
        lossPartsPerMillion: 7,
        links: 1,
      },
      { origin: 'near', destination: 'near', rttMicroseconds: 200, links: 3 },
    ]);
  });
});

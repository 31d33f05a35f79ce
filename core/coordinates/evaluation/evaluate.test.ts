import { describe, expect, it } from 'vitest';
import { evaluateEstimates } from '#core/coordinates/evaluation/evaluate.ts';
import { hiddenLinks, probeSome, type RttMatrix } from '#core/coordinates/evaluation/hidden-links.ts';
import { finish } from '#core/pieces.ts';

const NODES = 30;
const ZONES = Array.from({ length: NODES }, (_, node) => (node < 15 ? 'east' : 'west'));

/** Nodes of two zones 20 ms apart, 1 ms within each; a node adds up to 0.3 ms. */
function matrixOf(rtt = (a: number, b: number) => (ZONES[a] === ZONES[b] ? 1000 : 20_000) + 10 * a): RttMatrix {
  const rttMicroseconds = new Float64Array(NODES * NODES);
  for (let a = 0; a < NODES; a++) {
    for (let b = 0; b < NODES; b++) if (a !== b) rttMicroseconds[a * NODES + b] = rtt(a, b);
  }
  return { nodeCount: NODES, rttMicroseconds };
}

const evaluate = (matrix: RttMatrix, probes: number, zones?: string[], seed = 1) =>
  finish(evaluateEstimates(matrix, { probes, seed, zones }));

describe('the evaluation of estimates', () => {
  it('learns from so many links of each node, and compares all others', () => {
    const probed = probeSome(matrixOf(), 5, 1);
    const perOrigin = Map.groupBy(probed.samples, ({ origin }) => origin);
    expect([...perOrigin.values()].map(({ length }) => length)).toEqual(Array(NODES).fill(5));
    expect([...hiddenLinks(probed)]).toHaveLength(NODES * (NODES - 1 - 5));
    expect(evaluate(matrixOf(), 5).layers).toMatchObject([{ name: 'coordinates', pairs: NODES * (NODES - 1 - 5) }]);
  });

  it('takes the zone pair before coordinates, and coordinates where the zone pair has no sample', () => {
    const alone = ZONES.map((zone, node) => (node < 5 ? `alone-${node}` : zone));
    const layersOf = (zones: string[]) => evaluate(matrixOf(), 5, zones).layers.map(({ name }) => name);
    expect(layersOf(ZONES)).toEqual(['zone']);
    expect(layersOf(alone)).toEqual(['zone', 'coordinates']);
    const each = ZONES.map((_, node) => `zone-${node}`);
    expect(layersOf(each)).toEqual(['coordinates']);
  });

  it('has the errors of the estimates: none where every link of a zone pair is alike', () => {
    const alike = matrixOf((a, b) => (ZONES[a] === ZONES[b] ? 1000 : 20_000));
    expect(evaluate(alike, 5, ZONES).overall).toEqual({ median: 0, p90: 0 });
    expect(evaluate(matrixOf(), 8, ZONES).overall?.median).toBeLessThan(0.15);
  });

  it('neither estimates nor compares links that failed', () => {
    const broken = matrixOf((a, b) => (a < 3 && b >= 15 ? 0 : 1000));
    const { failed, probed, unknown, layers } = evaluate(broken, 6);
    expect(failed).toBeGreaterThan(0);
    expect(probed).toBe(6 * NODES);
    const hidden = NODES * (NODES - 1) - 3 * 15 - (probed - failed);
    expect((layers[0]?.pairs ?? 0) + unknown).toBe(hidden);
  });

  it('says of how many links nothing can be said', () => {
    expect(evaluate(matrixOf(), 1)).toMatchObject({ layers: [], unknown: NODES * (NODES - 2) });
  });

  it('depends on the seed alone', () => {
    expect(evaluate(matrixOf(), 6)).toEqual(evaluate(matrixOf(), 6));
    expect(evaluate(matrixOf(), 6, undefined, 2)).not.toEqual(evaluate(matrixOf(), 6));
  });
});

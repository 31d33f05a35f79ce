import { describe, expect, it } from 'vitest';
import { NodeCoordinates } from '#aggregator/links/coordinates.ts';
import { LinkStore } from '#aggregator/links/link-store.ts';
import { estimateRtt } from '#core/coordinates/coordinate.ts';
import { finish } from '#core/pieces.ts';
import { createRandom } from '#core/random.ts';
import { makeSlice, NOW, NOW_MS, secondsAgo } from '#test/builders.ts';

const FRESH_MS = 300_000;
const NAMES = Array.from({ length: 24 }, (_, index) => `n${index}`);

/** Nodes along a line, 1 ms from each to the next, each with the next six of them measured, and a little jitter. */
function measure(
  store: LinkStore,
  measuredAt: string,
  options: { jitter?: number; seed?: number; lost?: string } = {},
) {
  const { jitter = 0, seed = 1, lost } = options;
  const random = createRandom(seed);
  for (const [position, origin] of NAMES.entries()) {
    for (let step = 1; step <= 6; step++) {
      const other = (position + step) % NAMES.length;
      const rttMicroseconds = Math.round(1000 * Math.abs(other - position) * (1 + jitter * (2 * random() - 1)));
      const destination = NAMES[other] as string;
      const answers = origin !== lost && destination !== lost;
      store.add(
        origin,
        {
          ...{ kind: 'rtt', destination, measuredAt, transmitted: 6 },
          ...(answers ? { received: 6, rttMicroseconds, jitterMicroseconds: 10 } : { received: 0 }),
        },
        Date.parse(measuredAt),
        100,
      );
    }
  }
}

function measured(options: Parameters<typeof measure>[2] = {}): LinkStore {
  const store = new LinkStore();
  for (const measuredAt of [secondsAgo(15), NOW]) measure(store, measuredAt, options);
  return store;
}

const renew = (coordinates: NodeCoordinates, store: LinkStore, nowMs = NOW_MS, nodes = NAMES, keepsLost = false) =>
  finish(coordinates.renew({ nodes, store, sinceMs: nowMs - FRESH_MS, keepsLost }));

describe('the coordinates of nodes', () => {
  it('estimate links that nobody measured', () => {
    const coordinates = new NodeCoordinates();
    expect(renew(coordinates, measured())).toEqual(NAMES);
    const [from, to] = [coordinates.of('n2'), coordinates.of('n14')];
    expect(from && to && estimateRtt(from, to).rttMicroseconds).toBeGreaterThan(9000);
    expect(from && to && estimateRtt(from, to).rttMicroseconds).toBeLessThan(15_000);
  });

  it('are hardly ever published anew in a quiet network with jitter', () => {
    const [coordinates, store] = [new NodeCoordinates(), measured({ jitter: 0.1 })];
    renew(coordinates, store);
    let published = 0;
    for (let round = 1; round <= 40; round++) {
      measure(store, secondsAgo(-15 * round), { jitter: 0.1, seed: round + 1 });
      published += renew(coordinates, store, NOW_MS + 15_000 * round).length;
    }
    expect(published).toBeLessThan(0.02 * 40 * NAMES.length);
  });

  it('are those of fresh links that answer', () => {
    const coordinates = new NodeCoordinates();
    renew(coordinates, measured({ lost: 'n5' }));
    expect(NAMES.filter((name) => coordinates.of(name) === undefined)).toEqual(['n5']);
    renew(coordinates, measured(), NOW_MS + FRESH_MS + 1);
    expect(coordinates.of('n6')).toBeUndefined();
  });

  it('go on from what an earlier process published', () => {
    const earlier = new NodeCoordinates();
    renew(earlier, measured());
    const slices = NAMES.map((name) => {
      const coordinate = earlier.of(name);
      return { ...makeSlice(name, {}), ...(coordinate ? { coordinate } : {}) };
    });
    const coordinates = new NodeCoordinates();
    coordinates.seed(slices);
    expect(renew(coordinates, measured())).toEqual([]);
    expect(coordinates.of('n3')).toEqual(earlier.of('n3'));
  });

  it('stay until agents have had the time to report', () => {
    const coordinates = new NodeCoordinates();
    renew(coordinates, measured());
    const published = coordinates.of('n3');
    expect(renew(coordinates, new LinkStore(), NOW_MS, NAMES, true)).toEqual([]);
    expect(coordinates.of('n3')).toBe(published);
    expect(renew(coordinates, new LinkStore())).toEqual(NAMES);
    expect(coordinates.of('n3')).toBeUndefined();
  });

  it('leave a node that is gone', () => {
    const coordinates = new NodeCoordinates();
    renew(coordinates, measured());
    renew(coordinates, measured(), NOW_MS, NAMES.slice(1));
    expect(coordinates.of('n0')).toBeUndefined();
    expect(coordinates.of('n1')).toBeDefined();
  });
});

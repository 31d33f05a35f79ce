import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LinkMaxima } from '#core/api/network-topology.ts';
import { finish } from '#core/pieces.ts';
import { KeptCosts } from '#core/scoring/kept-costs.ts';
import { networkCosts } from '#core/scoring/network-cost.ts';
import type { Peer } from '#core/scoring/peers.ts';
import { networkSettings } from '#core/scoring/snapshot.ts';
import { LinkMatrix } from '#core/topology/link-matrix.ts';
import { makeSlice, makeTopology, NOW_MS } from '#test/builders.ts';
import type { LinkQuantity } from './link-reading.ts';
import { LiveMatrix, type NetworkFrame } from './live-matrix.ts';
import { createSliceReader } from './slice-readings.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const ZONES = ['x', 'y', undefined];
const QUANTITIES: LinkQuantity[] = ['cost', 'rttMicroseconds', 'bandwidthBitsPerSecond', 'lossPartsPerMillion'];
const HOUR = 3_600_000;
const read = createSliceReader();

type Slice = ReturnType<typeof makeSlice>;
type Nodes = NetworkFrame['nodes'];

/** The facts that a history has come to. */
interface Facts {
  nodes: Nodes;
  slices: Map<string, Slice>;
  weights: { latency: number; bandwidth: number; loss: number };
  maxima: LinkMaxima | undefined;
  intervalSeconds: number;
  nowMs: number;
}

function frameOf({ nodes, weights, maxima, intervalSeconds }: Facts): NetworkFrame {
  const topology = makeTopology(
    { weights, probe: { intervalSeconds } },
    maxima === undefined ? undefined : { maxima, zones: [] },
  );
  return { ...networkSettings({ topology }), nodes };
}

function fromScratch(facts: Facts): LinkMatrix {
  return LinkMatrix.of({ ...frameOf(facts), slices: [...facts.slices.values()], nowMs: facts.nowMs });
}

/** Everything that a matrix tells. */
function told(matrix: LinkMatrix): unknown {
  const links = matrix.nodes.flatMap(({ name: origin }) =>
    matrix.nodes.map(({ name: destination }) => matrix.link(origin, destination)),
  );
  return {
    links,
    columns: columnsOf(matrix),
    zones: matrix.zones,
    maxima: matrix.maxima,
    measured: matrix.measuredLinks,
  };
}

function columnsOf(matrix: LinkMatrix): unknown[] {
  return (['to', 'from'] as const).flatMap((direction) =>
    [...matrix.nodes.keys()].map((node) => [
      QUANTITIES.map((quantity) => [...matrix.vector(quantity, direction, node)]),
      QUANTITIES.map((quantity) => [...matrix.known(quantity, direction, node)]),
      [...matrix.sources(direction, node)],
    ]),
  );
}

const peers: Peer[] = [
  {
    workload: 'db',
    role: 'dependency',
    weight: 3,
    limits: {},
    nodes: new Map([
      ['a', 2],
      ['b', 1],
      ['gone', 1],
    ]),
    replicas: 4,
  },
  {
    workload: 'web',
    role: 'dependant',
    weight: 2,
    limits: {},
    nodes: new Map([
      ['c', 1],
      ['a', 1],
    ]),
    replicas: 2,
  },
];

const name = fc.constantFrom(...NAMES);
const ago = fc.oneof(fc.integer({ min: -60_000, max: 250_000 }), fc.integer({ min: 0, max: 30 * HOUR }));
const link = fc.record(
  {
    rttMicroseconds: fc.integer({ min: 0, max: 50_000 }),
    jitterMicroseconds: fc.integer({ min: 0, max: 100 }),
    lossPartsPerMillion: fc.constantFrom(0, 0, 500, 1_000_000),
    bandwidthBitsPerSecond: fc.integer({ min: 0, max: 1_000_000_000 }),
    rttAgo: ago,
    bandwidthAgo: ago,
    samples: fc.integer({ min: 0, max: 100 }),
  },
  { requiredKeys: ['samples'] },
);
const coordinate = fc.record({
  vectorMicroseconds: fc.array(fc.integer({ min: -20_000, max: 20_000 }), { minLength: 8, maxLength: 8 }),
  originHeightMicroseconds: fc.integer({ min: 0, max: 1000 }),
  destinationHeightMicroseconds: fc.integer({ min: 0, max: 1000 }),
  errorPartsPerMillion: fc.integer({ min: 0, max: 1_500_000 }),
});
const room = fc.record({ toSend: fc.integer({ min: 0, max: 1e9 }), toReceive: fc.integer({ min: 0, max: 1e9 }), ago });
const slice = fc.record({
  origin: name,
  coordinate: fc.option(coordinate, { nil: undefined }),
  room: fc.option(room, { nil: undefined }),
  observedAgo: fc.option(ago, { nil: undefined }),
  links: fc.dictionary(fc.constantFrom(...NAMES, 'gone'), link, { maxKeys: 4 }),
});
const nodes = fc
  .dictionary(name, fc.constantFrom(...ZONES), { minKeys: 1 })
  .map((zones): Nodes => Object.entries(zones).map(([node, zone]) => ({ name: node, zone, region: zone && 'r' })));
const weights = fc.constantFrom(
  { latency: 60, bandwidth: 20, loss: 20 },
  { latency: 0, bandwidth: 100, loss: 0 },
  { latency: 100, bandwidth: 0, loss: 0 },
);
const maxima = fc.option(
  fc.constant({ rttMicroseconds: 20_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 }),
  { nil: undefined },
);

const step = fc.oneof(
  { weight: 6, arbitrary: slice.map((put) => ({ put })) },
  { weight: 1, arbitrary: name.map((remove) => ({ remove })) },
  { weight: 1, arbitrary: fc.integer({ min: -HOUR, max: 2 * HOUR }).map((pass) => ({ pass })) },
  { weight: 1, arbitrary: nodes.map((changed) => ({ facts: { nodes: changed } })) },
  {
    weight: 1,
    arbitrary: fc.record({ weights, maxima, intervalSeconds: fc.constantFrom(15, 600) }).map((facts) => ({ facts })),
  },
  { weight: 2, arbitrary: fc.constant({ renew: true as const }) },
);
type ValueOf<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;
type Step = ValueOf<typeof step>;

function timeAgo(agoMs: number | undefined, nowMs: number): string | undefined {
  return agoMs === undefined ? undefined : new Date(nowMs - agoMs).toISOString();
}

function makeLinks(links: ValueOf<typeof slice>['links'], nowMs: number): Parameters<typeof makeSlice>[1] {
  return Object.fromEntries(
    Object.entries(links).map(([destination, { rttAgo, bandwidthAgo, ...values }]) => [
      destination,
      { ...values, rttMeasuredAt: timeAgo(rttAgo, nowMs), bandwidthMeasuredAt: timeAgo(bandwidthAgo, nowMs) },
    ]),
  );
}

function sliceOf(put: ValueOf<typeof slice>, nowMs: number): Slice {
  const { origin, observedAgo, coordinate: place, room: left, links } = put;
  return {
    ...makeSlice(origin, makeLinks(links, nowMs)),
    observedAt: timeAgo(observedAgo, nowMs),
    coordinate: place,
    interface: left && {
      speedBitsPerSecond: 1e9,
      freeToSendBitsPerSecond: left.toSend,
      freeToReceiveBitsPerSecond: left.toReceive,
      measuredAt: timeAgo(left.ago, nowMs) as string,
    },
  };
}

function take(live: LiveMatrix, facts: Facts, taken: Step): void {
  if ('put' in taken) {
    const made = sliceOf(taken.put, facts.nowMs);
    facts.slices.set(made.origin, made);
    live.put(read(made));
  } else if ('remove' in taken) {
    facts.slices.delete(taken.remove);
    live.remove(taken.remove);
  } else if ('pass' in taken) {
    facts.nowMs += taken.pass;
    finish(live.advance(facts.nowMs));
  } else if ('facts' in taken) {
    Object.assign(facts, taken.facts);
    live.reframe(frameOf(facts));
  } else {
    finish(live.renew(facts.nowMs, function* () {}));
  }
}

function begin(firstNodes: Nodes): { facts: Facts; live: LiveMatrix } {
  const facts: Facts = {
    nodes: firstNodes,
    slices: new Map(),
    weights: { latency: 60, bandwidth: 20, loss: 20 },
    maxima: undefined,
    intervalSeconds: 15,
    nowMs: NOW_MS,
  };
  return { facts, live: new LiveMatrix(frameOf(facts), NOW_MS) };
}

describe('over any history of slices, nodes, settings and time', () => {
  it('a live matrix, renewed, tells what one made from scratch tells', () => {
    fc.assert(
      fc.property(nodes, fc.array(step, { maxLength: 25 }), (firstNodes, steps) => {
        const { facts, live } = begin(firstNodes);
        for (const taken of steps) {
          // Asked before each change, so that there is something to keep current.
          columnsOf(live.current);
          take(live, facts, taken);
        }
        finish(live.advance(facts.nowMs));
        if (live.isBehind()) finish(live.renew(facts.nowMs, function* () {}));
        expect(live.isBehind()).toBe(false);
        expect(told(live.current)).toEqual(told(fromScratch(facts)));
      }),
    );
  });

  it('columns and costs that are kept say at every step what the links themselves say', () => {
    fc.assert(
      fc.property(nodes, fc.array(step, { maxLength: 25 }), (firstNodes, steps) => {
        const { facts, live } = begin(firstNodes);
        let kept = new KeptCosts(live.current);
        for (const taken of steps) {
          kept.of({ appGroup: 'g', workload: 'w' }, peers);
          const before = live.current;
          take(live, facts, taken);
          const { current } = live;
          if (current !== before) {
            const others = kept;
            kept = new KeptCosts(current);
            finish(kept.makeOf(others));
          }
          const indexes = [...current.nodes.keys()];
          expect(kept.of({ appGroup: 'g', workload: 'w' }, peers)).toEqual(networkCosts(peers, current, indexes));
          for (const to of indexes) {
            const costs = indexes.map((from) => current.costAt(from, to));
            expect([...current.vector('cost', 'to', to)]).toEqual(costs);
          }
        }
      }),
    );
  });

  it('what an origin measured counts at once, without another matrix', () => {
    const { live } = begin(NAMES.map((node) => ({ name: node, zone: 'x' })));
    const { current } = live;
    live.put(read(makeSlice('a', { b: { rttMicroseconds: 300 } })));
    expect(live.current).toBe(current);
    expect(current.link('a', 'b')).toMatchObject({ source: 'measured', rttMicroseconds: 300 });
    live.put(read(makeSlice('a', { c: { rttMicroseconds: 400 } })));
    expect(current.link('a', 'b').source).toBe('labels');
    live.remove('a');
    expect(current.measuredLinks).toBe(0);
  });

  it('slices that come while another matrix is made count in both', () => {
    const { facts, live } = begin(NAMES.map((node) => ({ name: node, zone: 'x' })));
    live.put(read(makeSlice('a', { b: { rttMicroseconds: 300 } })));
    facts.nodes = facts.nodes.slice(0, 3);
    live.reframe(frameOf(facts));
    const made = live.renew(NOW_MS, function* () {});
    made.next();
    live.put(read(makeSlice('a', { b: { rttMicroseconds: 500 } })));
    live.put(read(makeSlice('c', { b: { rttMicroseconds: 700 } })));
    expect(live.current.nodes).toHaveLength(NAMES.length);
    expect(live.current.link('a', 'b').rttMicroseconds).toBe(500);
    finish(made);
    expect(live.current.nodes).toHaveLength(3);
    expect(live.current.link('a', 'b').rttMicroseconds).toBe(500);
    expect(live.current.link('c', 'b').rttMicroseconds).toBe(700);
  });
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { networkSettings } from '#core/scoring/snapshot.ts';
import type { NetworkFrame } from '#core/topology/live-matrix.ts';
import { createSliceReader } from '#core/topology/slice-readings.ts';
import { makeSlice, makeTopology } from '#test/builders.ts';
import { type LiveNetwork, liveNetwork } from './live-network.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const read = createSliceReader();
let frame: NetworkFrame;
let network: LiveNetwork;
const onChanged = vi.fn();
const onFramed = vi.fn();

beforeEach(() => {
  onChanged.mockReset();
  onFramed.mockReset();
  const nodes = ['a', 'b', 'c', 'd'].map((name, index) => ({ name, zone: index < 2 ? 'x' : 'y' }));
  frame = { ...networkSettings({ topology: makeTopology() }), nodes };
  network = liveNetwork({ frame: () => frame, onChanged, onFramed });
});
afterEach(() => network.stop());

/** What a measured to a node of the other zone, just now. */
function sliceTo(destination: string, rttMicroseconds: number) {
  return read(makeSlice('a', { [destination]: { rttMicroseconds, rttMeasuredAt: new Date().toISOString() } }));
}

it('holds what an origin measured at once, and the medians of zone pairs soon', async () => {
  const { matrix } = network;
  network.sliceChanged(undefined, sliceTo('c', 700));
  expect(matrix().link('a', 'c')).toMatchObject({ source: 'measured', rttMicroseconds: 700 });
  expect(matrix().link('b', 'd').source).toBe('labels');
  expect(onChanged).toHaveBeenCalledTimes(1);
  await vi.waitFor(() => expect(matrix().link('b', 'd')).toMatchObject({ source: 'zone', rttMicroseconds: 700 }), WAIT);
});

it('reads nodes and settings soon after they changed, and tells so', async () => {
  frame = { ...frame, nodes: [...frame.nodes, { name: 'e' }] };
  network.frameChanged();
  expect(network.matrix().nodes).toHaveLength(4);
  await vi.waitFor(() => expect(onFramed).toHaveBeenCalled(), WAIT);
  expect(network.matrix().nodes).toHaveLength(5);
  expect(network.behindMs()).toBe(0);
});

it('keeps costs for the matrix that is read', async () => {
  const peer = { workload: 'db', role: 'dependency', weight: 1, limits: {}, replicas: 1 } as const;
  const costs = () => {
    const peers = [{ ...peer, nodes: new Map([['c', 1]]) }];
    return [...network.keptCosts().of({ appGroup: 'g', workload: 'w' }, peers).dependencyCost];
  };
  const before = costs();
  network.sliceChanged(undefined, sliceTo('c', 300));
  const after = costs();
  expect(after[0]).not.toBe(before[0]);
  expect(after.slice(1)).toEqual(before.slice(1));
  frame = { ...frame, nodes: [...frame.nodes, { name: 'e' }] };
  network.frameChanged();
  await vi.waitFor(() => expect(costs()).toHaveLength(5), WAIT);
});

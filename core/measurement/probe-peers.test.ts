import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { probePeers, rotationsToCoverAllPairs } from './probe-peers.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${String(index).padStart(3, '0')}`);

const cluster = fc.record({
  count: fc.integer({ min: 1, max: 120 }),
  peersPerNode: fc.integer({ min: 1, max: 40 }),
  rotation: fc.integer({ min: 0, max: 10_000 }),
});

describe('probePeers', () => {
  it.each([
    { name: 'a node alone probes nobody', count: 1, peersPerNode: 32, want: [] },
    { name: 'every pair is probed where all others fit', count: 4, peersPerNode: 3, want: ['n001', 'n002', 'n003'] },
    { name: 'a node that is not listed probes nobody', count: 0, peersPerNode: 3, want: [] },
  ])('$name', ({ count, peersPerNode, want }) => {
    expect(probePeers(names(count), 'n000', { peersPerNode, rotation: 7 })).toEqual(want);
  });

  it('gives each node as many different peers as it may have, never itself', () => {
    fc.assert(
      fc.property(cluster, ({ count, peersPerNode, rotation }) => {
        const nodes = names(count);
        for (const self of nodes) {
          const peers = probePeers(nodes, self, { peersPerNode, rotation });
          expect(new Set(peers).size).toBe(Math.min(peersPerNode, count - 1));
          expect(peers).not.toContain(self);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('lets each node be probed by as many as it probes', () => {
    fc.assert(
      fc.property(cluster, ({ count, peersPerNode, rotation }) => {
        const nodes = names(count);
        const probed = nodes.flatMap((self) => probePeers(nodes, self, { peersPerNode, rotation }));
        const times = nodes.map((node) => probed.filter((peer) => peer === node).length);
        expect(new Set(times).size).toBe(1);
      }),
      { numRuns: 30 },
    );
  });

  it('connects every node with every other from two peers per node on', () => {
    fc.assert(
      fc.property(cluster, ({ count, peersPerNode, rotation }) => {
        const nodes = names(count);
        expect(reachableFrom(nodes, { peersPerNode: Math.max(2, peersPerNode), rotation })).toBe(count);
      }),
      { numRuns: 50 },
    );
  });

  it('covers every ordered pair within the stated number of consecutive rotations, whichever is the first', () => {
    fc.assert(
      fc.property(cluster, ({ count, peersPerNode, rotation }) => {
        const nodes = names(count);
        const self = nodes[rotation % count] as string;
        const needed = rotationsToCoverAllPairs(count, peersPerNode);
        const probed = Array.from({ length: needed }, (_, turn) =>
          probePeers(nodes, self, { peersPerNode, rotation: rotation + turn }),
        );
        expect(new Set(probed.flat()).size).toBe(count - 1);
      }),
    );
  });

  it('covers all pairs of 5,000 nodes with 32 peers within 208 rotations', () => {
    expect(rotationsToCoverAllPairs(5000, 32)).toBe(208);
  });
});

function reachableFrom(nodes: string[], options: { peersPerNode: number; rotation: number }): number {
  const reached = new Set(nodes.slice(0, 1));
  for (const node of reached) for (const peer of probePeers(nodes, node, options)) reached.add(peer);
  return reached.size;
}

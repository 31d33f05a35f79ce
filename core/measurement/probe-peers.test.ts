import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrangePeers, type PeerSettings, peersInTurn, ringCount } from './probe-peers.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `node-${index}`);

/** The names of each node's peers. */
function peersOf(nodes: readonly string[], settings: PeerSettings, turn: number): Map<string, string[]> {
  const peers = peersInTurn(arrangePeers(nodes, settings), turn);
  return new Map(nodes.map((node, index) => [node, (peers[index]?.all ?? []).map((peer) => nodes[peer] as string)]));
}

function degrees(peers: Map<string, string[]>): { probes: number[]; probedBy: number[] } {
  const times = new Map([...peers.keys()].map((node) => [node, 0]));
  for (const peer of [...peers.values()].flat()) times.set(peer, (times.get(peer) ?? 0) + 1);
  return { probes: [...peers.values()].map(({ length }) => length), probedBy: [...times.values()] };
}

const cluster = fc.record({
  count: fc.integer({ min: 1, max: 150 }),
  peersPerNode: fc.integer({ min: 2, max: 60 }),
  seed: fc.integer(),
  turn: fc.integer({ min: 0, max: 100_000_000 }),
});

describe('peersInTurn', () => {
  it.each([
    { name: 'a node alone probes nobody', count: 1, peersPerNode: 16, want: 0 },
    {
      name: 'every pair is probed below 40 nodes, however few peers a node may have',
      count: 39,
      peersPerNode: 2,
      want: 38,
    },
    { name: 'and beyond where all others fit', count: 51, peersPerNode: 50, want: 50 },
    { name: 'from 40 nodes on a node has as many peers as it may', count: 40, peersPerNode: 2, want: 2 },
  ])('$name', ({ count, peersPerNode, want }) => {
    const { probes } = degrees(peersOf(names(count), { peersPerNode, seed: 1 }, 7));
    expect(Math.max(...probes)).toBe(want);
  });

  it('gives each node different peers, never itself, and never more than it may have', () => {
    fc.assert(
      fc.property(cluster, ({ count, peersPerNode, seed, turn }) => {
        const most = count < 40 ? count - 1 : peersPerNode;
        for (const [node, peers] of peersOf(names(count), { peersPerNode, seed }, turn)) {
          expect(new Set(peers).size).toBe(peers.length);
          expect(peers).not.toContain(node);
          expect(peers.length).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it('lets each node be probed by as many as it probes, exactly, where there are twice as many nodes', () => {
    fc.assert(
      fc.property(cluster, ({ count, peersPerNode, seed, turn }) => {
        fc.pre(count >= Math.max(40, 2 * peersPerNode));
        const { probes, probedBy } = degrees(peersOf(names(count), { peersPerNode, seed }, turn));
        expect(new Set([...probes, ...probedBy])).toEqual(new Set([peersPerNode]));
      }),
      { numRuns: 200 },
    );
  });

  it('lets no node be probed by more than it may probe, however few nodes there are', () => {
    fc.assert(
      fc.property(cluster, ({ count, peersPerNode, seed, turn }) => {
        const { probedBy } = degrees(peersOf(names(count), { peersPerNode, seed }, turn));
        expect(Math.max(...probedBy)).toBeLessThanOrEqual(count < 40 ? count - 1 : peersPerNode);
      }),
    );
  });

  it('connects every node with every other by the rings alone, which are the same in every turn', () => {
    fc.assert(
      fc.property(cluster, ({ count, peersPerNode, seed, turn }) => {
        const arrangement = arrangePeers(names(count), { peersPerNode, seed });
        const ringOf = (at: number) => peersInTurn(arrangement, at).map(({ all, ring }) => all.slice(0, ring));
        const links = ringOf(turn);
        expect(links).toEqual(ringOf(turn + 1));
        const reached = new Set([0]);
        for (const node of reached) for (const peer of links[node] ?? []) reached.add(peer);
        expect(reached.size).toBe(count);
        if (!arrangement.allPairs)
          expect(Math.max(...links.map(({ length }) => length))).toBeLessThanOrEqual(ringCount(peersPerNode));
      }),
      { numRuns: 50 },
    );
  });

  it('covers every ordered pair within the stated number of consecutive turns, whichever is the first', () => {
    fc.assert(
      fc.property(cluster, fc.array(fc.nat(149)), ({ count, peersPerNode, seed, turn }, gone) => {
        // Few peers take many turns: what is left of these is enough to see it.
        fc.pre(peersPerNode >= 6);
        const nodes = names(count).filter((_, index) => !gone.includes(index));
        const arrangement = arrangePeers(nodes, { peersPerNode, seed });
        const met = nodes.map(() => new Set<number>());
        for (let later = 0; later < arrangement.turnsToCoverAllPairs; later += 1) {
          for (const [node, { all }] of peersInTurn(arrangement, turn + later).entries()) {
            for (const peer of all) met[node]?.add(peer);
          }
        }
        expect(new Set(met.map(({ size }) => size))).toEqual(new Set(nodes.length === 0 ? [] : [nodes.length - 1]));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    { count: 40, turns: [4, 8] },
    { count: 100, turns: [16, 32] },
    { count: 1000, turns: [256, 512] },
    { count: 5000, turns: [1024, 2048] },
  ])('covers all pairs of $count nodes with 16 peers within $turns.0 or $turns.1 turns', ({ count, turns }) => {
    for (let seed = 0; seed < 20; seed += 1) {
      const { turnsToCoverAllPairs } = arrangePeers(names(count), { peersPerNode: 16, seed });
      expect(turns).toContain(turnsToCoverAllPairs);
    }
  });

  it('keeps of a node no more than the rings and thrice the other peers in three consecutive turns', () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 600 }), fc.integer(), fc.nat(1000), (count, seed, turn) => {
        const arrangement = arrangePeers(names(count), { peersPerNode: 16, seed });
        const turns = [0, 1, 2].map((later) => peersInTurn(arrangement, turn + later));
        for (let node = 0; node < count; node += 1) {
          const ring = turns[0]?.[node]?.ring ?? 0;
          const links = new Set(turns.flatMap((peers) => peers[node]?.all ?? []));
          expect(links.size).toBeLessThanOrEqual(ring + 3 * (16 - ring));
        }
      }),
      { numRuns: 30 },
    );
  });

  it.each([60, 200, 1000])(
    'lets few of %i nodes probe each other in the same turn, so that they learn of more others',
    (count) => {
      const shares = Array.from({ length: 20 }, (_, turn) => {
        const peers = peersInTurn(arrangePeers(names(count), { peersPerNode: 16, seed: 1 }), turn);
        const mutual = peers.flatMap(({ all }, node) => all.filter((peer) => peers[peer]?.all.includes(node)));
        return mutual.length / (16 * count);
      });
      const chance = 16 / count;
      expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeLessThan(chance + 0.2);
    },
  );

  it('knows nodes by name, not by their place in the list', () => {
    fc.assert(
      fc.property(cluster, ({ count, peersPerNode, seed, turn }) => {
        const nodes = names(count);
        const turned = peersOf(nodes.toReversed(), { peersPerNode, seed }, turn);
        for (const [node, peers] of peersOf(nodes, { peersPerNode, seed }, turn)) {
          expect(turned.get(node)?.toSorted()).toEqual(peers.toSorted());
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a node that comes or goes', () => {
  const PEERS = 16;

  /** How many peers are others afterwards, and of how many nodes, both without the node itself. */
  function change(count: number, seed: number, turn: number): { peers: number; nodes: number; own: number } {
    const settings = { peersPerNode: PEERS, seed };
    const before = peersOf(names(count), settings, turn);
    const after = peersOf([...names(count), 'newcomer'], settings, turn);
    const changes = [...before].map(
      ([node, peers]) => (after.get(node) ?? []).filter((peer) => !peers.includes(peer)).length,
    );
    return {
      peers: changes.reduce((sum, changed) => sum + changed, 0),
      nodes: changes.filter((changed) => changed > 0).length,
      own: after.get('newcomer')?.length ?? 0,
    };
  }

  it('has its peers at once, and changes few of all others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 900 }), fc.integer(), fc.nat(1000), (count, seed, turn) => {
        const { peers, own } = change(count, seed, turn);
        expect(own).toBe(PEERS);
        // A leaf that divides parts at most 13 nodes from 12 each, both ways, and each of them finds another peer.
        expect(peers).toBeLessThanOrEqual(3 * PEERS ** 2);
      }),
      { numRuns: 50 },
    );
  });

  it.each([100, 1000])(
    'changes about three peers for each of its own, whether there are %i nodes or others',
    (count) => {
      const changes = Array.from({ length: 60 }, (_, seed) => change(count, seed, 5).peers).toSorted((a, b) => a - b);
      expect(changes[30]).toBeLessThanOrEqual(4 * PEERS);
    },
  );
});

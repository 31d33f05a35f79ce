import { giveLeftOver } from '#core/measurement/left-over-peers.ts';
import { type Leaf, leafOf, type MeetingTree, meetingHash, meetingTree } from '#core/measurement/meeting-tree.ts';
import { hashNumber, hashText } from '#core/random.ts';

/** Share of a node's peers that stay the same from turn to turn. */
const RING_SHARE = 0.25;
const ALL_PAIRS_BELOW_NODES = 40;
/** Rings beyond this have next to nobody left whom they could give a peer. */
const RINGS_PER_PEER = 2;

export interface PeerSettings {
  peersPerNode: number;
  /** Of all hashes; the same nodes, settings and seed give the same peers everywhere. */
  seed: number;
  /** In smaller clusters every node probes every other, however few peers it may have; 40 unless told. */
  allPairsBelowNodes?: number;
}

/** What of the peers depends on the nodes alone, for all turns. Nodes are known by their position in the given order. */
export interface PeerArrangement {
  nodeCount: number;
  allPairs: boolean;
  peersPerNode: number;
  /** Consecutive turns, whichever is the first, in which every node has every other once as its peer: exact. */
  turnsToCoverAllPairs: number;
  hashes: Uint32Array;
  /** All nodes in the order of their hashes. */
  byHash: readonly number[];
  tree: MeetingTree;
}

export function arrangePeers(nodes: readonly string[], settings: PeerSettings): PeerArrangement {
  const { peersPerNode, seed, allPairsBelowNodes = ALL_PAIRS_BELOW_NODES } = settings;
  const hashes = Uint32Array.from(nodes, (node) => hashText(node, seed));
  const allPairs = nodes.length < allPairsBelowNodes || nodes.length <= peersPerNode + 1;
  const tree = meetingTree(hashes, allPairs ? nodes.length : peersPerNode - ringCount(peersPerNode));
  const byHash = [...hashes.keys()].sort((a, b) => (hashes[a] as number) - (hashes[b] as number) || a - b);
  return {
    nodeCount: nodes.length,
    allPairs,
    peersPerNode,
    turnsToCoverAllPairs: 2 ** tree.depth,
    hashes,
    byHash,
    tree,
  };
}

/** Rings on which every node has its next one as a peer, in every turn. */
export function ringCount(peersPerNode: number): number {
  return Math.ceil(peersPerNode * RING_SHARE);
}

/** So many of the first are those of the rings: they are the same in every turn. */
export interface Peers {
  all: number[];
  ring: number;
}

/**
 * The peers of each node in a turn (0, 1, …), as positions. In three steps, of which the first two are blind to all other nodes:
 * 1. Rings: a quarter of peersPerNode orders of all nodes by a hash; each node probes the next one. Any one of them connects the
 *    cluster, several together make an expander (Suresh et al., Stable and Consistent Membership at Scale with Rapid, USENIX ATC 2018).
 * 2. Meetings: a node probes those whose hashes end in the bits that the turn makes of its own; see `meetingTree`. In each turn
 *    another part of the nodes probes it, so it learns of twice as many as if they met both ways; each ordered pair has its turn once in a cycle.
 * 3. Rings of those that have room: one that may probe more probes the next one if that may be probed by more. In each turn half
 *    of these rings are other ones, so that not all peers change at the same moment. See `giveLeftOver` for what is left.
 * No node probes, or is probed by, more than peersPerNode others; with twice as many nodes every one exactly so many.
 */
export function peersInTurn(arrangement: PeerArrangement, turn: number): Peers[] {
  const { nodeCount, allPairs, peersPerNode, hashes, tree } = arrangement;
  if (allPairs) return everyOther(nodeCount);
  const peers = Array.from({ length: nodeCount }, (): Peers => ({ all: [], ring: 0 }));
  const probedBy = new Uint32Array(nodeCount);
  const give: Give = (node, peer) => {
    const { all } = peers[node] as Peers;
    if (node === peer || all.includes(peer)) return;
    all.push(peer);
    probedBy[peer] = (probedBy[peer] as number) + 1;
  };
  const mayProbe = (node: number) => (peers[node] as Peers).all.length < peersPerNode;
  const mayBeProbed = (node: number) => (probedBy[node] as number) < peersPerNode;
  const hasRoom = (node: number) => mayProbe(node) || mayBeProbed(node);
  const giveIfRoom: Give = (node, peer) => {
    if (mayProbe(node) && mayBeProbed(peer)) give(node, peer);
  };
  const rings = ringCount(peersPerNode);
  for (let ring = 0; ring < rings; ring += 1) eachNext(hashes, ring, () => true, give);
  for (const own of peers) own.ring = own.all.length;
  for (let node = 0; node < nodeCount; node += 1) meet(tree, hashes, node, turn, give);
  const firm = peers.map(({ all }) => all.length);
  const last = rings + RINGS_PER_PEER * peersPerNode;
  for (let ring = rings; ring < last; ring += 1) {
    if (eachNext(hashes, ring + last * (1 + Math.floor((turn + ring) / 2)), hasRoom, giveIfRoom) < 2) break;
  }
  giveLeftOver({ peers: peers.map(({ all }) => all), firm, peersPerNode, byHash: arrangement.byHash });
  return peers;
}

type Give = (node: number, peer: number) => void;

/** All of the leaf that the turn sends its hash to, as far as its own leaf's bits agree, too. */
function meet(tree: MeetingTree, hashes: Uint32Array, node: number, turn: number, give: Give): void {
  const wanted = meetingHash(hashes[node] as number, turn);
  const own: Leaf = leafOf(tree, hashes[node] as number);
  for (const peer of leafOf(tree, wanted).members) {
    if ((((hashes[peer] as number) ^ wanted) & own.mask) === 0) give(node, peer);
  }
}

/** Returns how many are on the ring. */
function eachNext(hashes: Uint32Array, ring: number, isOn: (node: number) => boolean, give: Give): number {
  const size = hashes.length;
  const keys = new Float64Array(size);
  let count = 0;
  for (let node = 0; node < size; node += 1) {
    if (isOn(node))
      keys[count++] = hashNumber((hashes[node] as number) ^ Math.imul(ring + 1, 0x9e3779b1)) * size + node;
  }
  const order = keys.subarray(0, count).sort();
  for (let place = 0; place < count; place += 1) {
    give((order[place] as number) % size, (order[(place + 1) % count] as number) % size);
  }
  return count;
}

function everyOther(nodeCount: number): Peers[] {
  const indices = Array.from({ length: nodeCount }, (_, index) => index);
  return indices.map((self) => {
    const all = [...indices.slice(self + 1), ...indices.slice(0, self)];
    return { all, ring: all.length };
  });
}

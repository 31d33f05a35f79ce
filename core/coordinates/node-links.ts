import type { Pieces } from '#core/pieces.ts';

/** A link that was measured and answers, by the positions of both ends among the nodes. */
export interface RttSample {
  origin: number;
  destination: number;
  rttMicroseconds: number;
}

/** Many of them, to be gone through several times; an array, or `PackedSamples`. */
export type RttSamples = Iterable<RttSample> & { readonly length: number };

/** The links of each node, in both directions: those of node n are at starts[n] to starts[n + 1] − 1 of the other arrays. */
export interface NodeLinks {
  starts: Int32Array;
  /** The node at the other end. */
  peers: Int32Array;
  /** 1 where the node itself is the origin. */
  outward: Uint8Array;
  /** Natural logarithms of RTTs in microseconds, at least 1. */
  logRtts: Float64Array;
}

const SAMPLES_AT_ONCE = 20_000;

export function* linksOfNodes(nodeCount: number, samples: RttSamples): Pieces<NodeLinks> {
  const starts = new Int32Array(nodeCount + 1);
  for (const { origin, destination } of samples) {
    starts[origin + 1] = (starts[origin + 1] as number) + 1;
    starts[destination + 1] = (starts[destination + 1] as number) + 1;
  }
  for (let node = 0; node < nodeCount; node++) {
    starts[node + 1] = (starts[node + 1] as number) + (starts[node] as number);
  }
  yield;
  const next = starts.slice();
  const size = 2 * samples.length;
  const links = {
    starts,
    peers: new Int32Array(size),
    outward: new Uint8Array(size),
    logRtts: new Float64Array(size),
  };

  function add(node: number, peer: number, outward: number, logRtt: number): void {
    const position = next[node] as number;
    next[node] = position + 1;
    links.peers[position] = peer;
    links.outward[position] = outward;
    links.logRtts[position] = logRtt;
  }

  let read = 0;
  for (const { origin, destination, rttMicroseconds } of samples) {
    if (++read % SAMPLES_AT_ONCE === 0) yield;
    const logRtt = Math.log(Math.max(1, rttMicroseconds));
    add(origin, destination, 1, logRtt);
    add(destination, origin, 0, logRtt);
  }
  return links;
}

/**
 * 1 for each node that can be placed: it has at least `minLinks` links to such nodes, and they lead to most of them. How far a part
 * of the network is from another that it has no link to, nobody can tell.
 */
export function placeable(links: NodeLinks, minLinks: number): Uint8Array {
  const enough = withEnoughLinks(links, minLinks);
  const isPlaced = new Uint8Array(enough.length);
  for (const node of largestPart(links, enough)) isPlaced[node] = 1;
  return isPlaced;
}

/** The k-core: nodes with too few links are left out until none has (Seidman, 1983). */
function withEnoughLinks({ starts, peers }: NodeLinks, minLinks: number): Uint8Array {
  const isIn = new Uint8Array(starts.length - 1).fill(1);
  const counts = Int32Array.from(isIn, (_, node) => (starts[node + 1] as number) - (starts[node] as number));
  const out = [...counts.keys()].filter((node) => (counts[node] as number) < minLinks);
  for (const node of out) isIn[node] = 0;
  for (const node of out) {
    for (let link = starts[node] as number; link < (starts[node + 1] as number); link++) {
      const peer = peers[link] as number;
      counts[peer] = (counts[peer] as number) - 1;
      if (isIn[peer] === 0 || (counts[peer] as number) >= minLinks) continue;
      isIn[peer] = 0;
      out.push(peer);
    }
  }
  return isIn;
}

/** Of the nodes that are in, the most that links connect. */
function largestPart({ starts, peers }: NodeLinks, isIn: Uint8Array): readonly number[] {
  const isOpen = isIn.slice();
  let largest: number[] = [];
  for (const first of isOpen.keys()) {
    if (isOpen[first] === 0) continue;
    isOpen[first] = 0;
    const part = [first];
    for (const node of part) {
      for (let link = starts[node] as number; link < (starts[node + 1] as number); link++) {
        const peer = peers[link] as number;
        if (isOpen[peer] === 0) continue;
        isOpen[peer] = 0;
        part.push(peer);
      }
    }
    if (part.length > largest.length) largest = part;
  }
  return largest;
}

/** Share of a node's peers that stay the same: the next ones on the ring of all nodes. */
const RING_SHARE = 0.25;

/** Consecutive multiples of the golden ratio spread evenly over a circle, however many of them are taken. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * Whom `self` probes, in the given order of nodes, which must be the same for every node. With at most peersPerNode + 1
 * nodes: all others. Beyond that: the next quarter of peersPerNode on the ring of all nodes (the directed graph is
 * connected), and others that change with `rotation` (0, 1, …) until each was had. Every ordered pair is covered within
 * `rotationsToCoverAllPairs` consecutive rotations, each node is probed by as many as it probes itself, and each has
 * exactly peersPerNode peers. With one peer per node the ring takes its turn among the rotations.
 */
export function probePeers(
  nodes: readonly string[],
  self: string,
  options: { peersPerNode: number; rotation: number },
): string[] {
  const position = nodes.indexOf(self);
  if (position === -1) return [];
  return peerOffsets(nodes.length, options).map((offset) => nodes[(position + offset) % nodes.length] as string);
}

/** How many consecutive rotations it takes until every node has probed every other. */
export function rotationsToCoverAllPairs(nodeCount: number, peersPerNode: number): number {
  const { others, slots } = divide(nodeCount, peersPerNode);
  return others === 0 ? 1 : Math.ceil(others / slots);
}

/** Distances on the ring from a node to its peers, the same for every node. */
function peerOffsets(nodeCount: number, options: { peersPerNode: number; rotation: number }): number[] {
  const { ring, others, slots } = divide(nodeCount, options.peersPerNode);
  const fixed = Array.from({ length: ring }, (_, index) => index + 1);
  if (others === 0) return fixed;
  const turn = options.rotation % rotationsToCoverAllPairs(nodeCount, options.peersPerNode);
  const step = stepThroughAll(others);
  const rotating = Array.from({ length: slots }, (_, index) => ring + 1 + (((turn * slots + index) * step) % others));
  return [...fixed, ...rotating];
}

/** The ring's peers, how many nodes take turns beside them, and in how many places. */
function divide(nodeCount: number, peersPerNode: number): { ring: number; others: number; slots: number } {
  if (nodeCount <= peersPerNode + 1) return { ring: Math.max(0, nodeCount - 1), others: 0, slots: 0 };
  const ring = peersPerNode === 1 ? 0 : Math.ceil(peersPerNode * RING_SHARE);
  return { ring, others: nodeCount - 1 - ring, slots: peersPerNode - ring };
}

/** A step with which i -> i * step mod count visits every number below count once. */
function stepThroughAll(count: number): number {
  let step = Math.max(1, Math.round(count * GOLDEN_RATIO));
  while (greatestCommonDivisor(step, count) !== 1) step += 1;
  return step;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

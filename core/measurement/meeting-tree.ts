/** Nodes whose hashes agree in their lowest bits. */
export interface Leaf {
  members: readonly number[];
  /** Of the bits in which they agree. */
  mask: number;
}

/** A binary tree over the bits of hashes, the lowest first; a fork has a branch for either value of the next bit. */
export interface MeetingTree {
  root: Branch;
  /** Bits of the deepest leaf. */
  depth: number;
}

type Branch = Leaf | readonly [Branch, Branch];

/** Beyond this the hashes are equal. */
const MOST_BITS = 30;

/**
 * Divides the nodes until no leaf has more than `capacity` (as extendible hashing does: Fagin et al., TODS 1979). A node probes
 * another in the turns in which its `meetingHash` has the other's lowest bits, as many as the deeper leaf of both has. So each
 * ordered pair has its turn once in any 2^depth consecutive ones, a node neither probes nor is probed by more than `capacity`
 * at a time, and a node that comes or goes divides or joins one leaf and leaves all other pairs' turns as they are.
 */
export function meetingTree(hashes: Uint32Array, capacity: number): MeetingTree {
  let depth = 0;
  const divide = (members: number[], bits: number): Branch => {
    if (members.length <= capacity || bits === MOST_BITS) {
      depth = Math.max(depth, bits);
      return { members, mask: 2 ** bits - 1 };
    }
    const bit = 1 << bits;
    const zeros = members.filter((node) => ((hashes[node] as number) & bit) === 0);
    const ones = members.filter((node) => ((hashes[node] as number) & bit) !== 0);
    return [divide(zeros, bits + 1), divide(ones, bits + 1)];
  };
  const root = divide(
    Array.from(hashes, (_, node) => node),
    0,
  );
  return { root, depth };
}

/**
 * x(2x + 1) + turn modulo 2^32. Of any number of lowest bits it is a permutation, as those of RC6 are (Rivest et al., 1998), and
 * with each turn another one; unlike with XOR, hardly any pair meets both ways in one turn.
 */
export function meetingHash(hash: number, turn: number): number {
  return (Math.imul(hash, 2 * hash + 1) + turn) >>> 0;
}

/** The leaf of all nodes whose hashes begin as this one. */
export function leafOf({ root }: MeetingTree, hash: number): Leaf {
  let branch = root;
  for (let rest = hash; isFork(branch); rest >>>= 1) branch = branch[rest & 1 ? 1 : 0];
  return branch;
}

function isFork(branch: Branch): branch is readonly [Branch, Branch] {
  return Array.isArray(branch);
}

import type { Pod } from '#core/api/kubernetes.ts';
import { membership, placeOf } from '#core/appgroup/placements.ts';
import { directionOf, nodeCounts, type Peer } from '#core/scoring/peers.ts';
import { exactSum, reservedParts, shareOf } from '#core/scoring/reservations.ts';
import type { Snapshot } from '#core/scoring/score.ts';
import type { Direction } from '#core/topology/link-matrix.ts';

/** What bandwidth the links with a node must have, in bits per second. */
export interface BandwidthNeed {
  /** Of every link. */
  least: number;
  /** Links that must have more, because others reserve a part of them: by node index. */
  more: ReadonlyMap<number, number>;
}

/**
 * Tells what bandwidth the link between each node and a peer's node `other` must have, were the pod on that node: what others
 * reserve on it, and on top of that the peer's least bandwidth (a call may go to any one of the replicas) or all that the
 * pod's calls would reserve on it, whichever is more.
 */
export function bandwidthNeeds(
  pod: Pod,
  peers: readonly Peer[],
  snapshot: Snapshot,
): (peer: Peer, other: string) => BandwidthNeed {
  const { matrix } = snapshot;
  const own = ownReplicas(pod, snapshot);
  const reservedByOthers = reservedColumns(snapshot, own);

  /** What the pod would reserve on each link with a node: for its own calls, or for those of the replicas there. */
  function addedOn(direction: Direction, other: string): number {
    return peers.reduce((sum, peer) => {
      if (directionOf(peer) !== direction) return sum;
      const share = shareOf(peer, direction === 'to' ? peer.replicas : own.replicas + 1);
      return exactSum(sum, (peer.nodes.get(other) ?? 0) * share);
    }, 0);
  }

  return (peer, other) => {
    const direction = directionOf(peer);
    const { minBandwidthBitsPerSecond = 0 } = peer.limits;
    const added = addedOn(direction, other);
    const least = Math.max(minBandwidthBitsPerSecond, added);
    const reserved = reservedByOthers(direction, other);
    const more = new Map<number, number>();
    for (const [index, bits] of reserved) more.set(index, bits + least);
    if (direction === 'to') {
      // Where the pod is placed already, its own calls are among what is reserved.
      const index = own.node === undefined ? undefined : matrix.indexOf(own.node);
      if (index !== undefined) more.set(index, Math.max(0, (reserved.get(index) ?? 0) - added) + least);
      return { least, more };
    }
    // Replicas of the pod's own workload on a node take their shares of the same calls, over the same link.
    for (const [node, count] of own.byNode) {
      const index = matrix.indexOf(node);
      const together = Math.max(minBandwidthBitsPerSecond, added * (count + 1));
      if (index !== undefined) more.set(index, (reserved.get(index) ?? 0) + together);
    }
    return { least, more };
  };
}

/** The other placed replicas of the pod's workload, and where the pod itself is placed. */
interface OwnReplicas {
  appGroup: string;
  workload: string;
  node: string | undefined;
  byNode: ReadonlyMap<string, number>;
  replicas: number;
}

function ownReplicas(pod: Pod, { reserving }: Snapshot): OwnReplicas {
  const { appGroup, workload } = membership(pod) ?? { appGroup: '', workload: '' };
  const nodes = reserving.placements.get(appGroup)?.get(workload) ?? [];
  const place = placeOf(pod)?.node;
  const node = place !== undefined && nodes.includes(place) ? place : undefined;
  const byNode = nodeCounts(nodes);
  if (node !== undefined) byNode.set(node, (byNode.get(node) ?? 1) - 1);
  return { appGroup, workload, node, byNode, replicas: nodes.length - (node === undefined ? 0 : 1) };
}

/** What is reserved on the links of a node, by node index; where they come `from` it, without the calls to the pod's own workload. */
function reservedColumns(
  snapshot: Snapshot,
  own: OwnReplicas,
): (direction: Direction, node: string) => ReadonlyMap<number, number> {
  const { matrix } = snapshot;
  const columns = new Map<string, ReadonlyMap<number, number>>();
  // The same replicas have part in many columns.
  const indexes = new Map<readonly string[], Int32Array>();

  function indexesOf(nodes: readonly string[]): Int32Array {
    const known = indexes.get(nodes) ?? Int32Array.from(nodes, (name) => matrix.indexOf(name) ?? -1);
    indexes.set(nodes, known);
    return known;
  }

  return (direction, node) => {
    const key = `${direction} ${node}`;
    const known = columns.get(key);
    if (known !== undefined) return known;
    const column = new Map<number, number>();
    const parts = reservedParts(snapshot, direction, node, direction === 'from' ? own : undefined);
    for (const { nodes, bitsPerSecond } of parts) {
      for (const index of indexesOf(nodes)) {
        if (index >= 0) column.set(index, exactSum(column.get(index) ?? 0, bitsPerSecond));
      }
    }
    columns.set(key, column);
    return column;
  };
}

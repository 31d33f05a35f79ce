import type { ProbeSchedule } from '#core/measurement/probe-schedule.ts';

type Peers = Pick<ProbeSchedule, 'nodes' | 'peersOf'>;

/** Peers that nodes have now and had not before: links that are measured from nothing. What a node that is new itself has does not count. */
export function newPeers(before: Peers, after: Peers): number {
  return before.nodes.reduce((sum, node) => {
    const known = new Set(before.peersOf(node));
    return sum + after.peersOf(node).filter((peer) => !known.has(peer)).length;
  }, 0);
}

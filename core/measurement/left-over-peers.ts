/**
 * Gives those that can probe more the ones that can be probed by more, when hardly any pair of them is new: where a node
 * cannot take a peer itself, the next node by hash that can gives up one of its own for it, not of its `firm` first ones.
 */
export function giveLeftOver(input: {
  /** Of each node; changed in place. */
  peers: readonly number[][];
  firm: readonly number[];
  peersPerNode: number;
  byHash: readonly number[];
}): void {
  const { peers, firm, peersPerNode, byHash } = input;
  const open = notProbedEnough(input);
  for (const [place, node] of byHash.entries()) {
    const own = peers[node] as number[];
    while (own.length < peersPerNode && open.length > 0) {
      const direct = open.findIndex((peer) => mayProbe(node, peer));
      const [peer] = open.splice(Math.max(0, direct), 1) as [number];
      if (direct !== -1) own.push(peer);
      else exchange(node, peer, place);
    }
  }

  function mayProbe(node: number, peer: number): boolean {
    return node !== peer && !(peers[node] as number[]).includes(peer);
  }

  function exchange(node: number, peer: number, place: number): void {
    for (let step = 1; step < byHash.length; step += 1) {
      const giver = byHash[(place + step) % byHash.length] as number;
      if (!mayProbe(giver, peer)) continue;
      const itsPeers = peers[giver] as number[];
      const given = itsPeers.findIndex((other, index) => index >= (firm[giver] as number) && mayProbe(node, other));
      if (given === -1) continue;
      (peers[node] as number[]).push(itsPeers[given] as number);
      itsPeers[given] = peer;
      return;
    }
  }
}

/** As often as each could be probed by one more. */
function notProbedEnough(input: {
  peers: readonly number[][];
  peersPerNode: number;
  byHash: readonly number[];
}): number[] {
  const missing = new Int32Array(input.peers.length).fill(input.peersPerNode);
  for (const peers of input.peers) for (const peer of peers) missing[peer] = (missing[peer] as number) - 1;
  return input.byHash.flatMap((node) => Array<number>(missing[node] as number).fill(node));
}

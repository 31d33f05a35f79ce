import type { AgentMetrics } from '#agent/metrics.ts';
import { FIRST_STATE, type MethodState, type Turn } from '#agent/probe-method.ts';
import { failureClass } from '#agent/probe-outcome.ts';
import type { Peer } from '#agent/probe-turns.ts';
import { RTT_METHODS } from '#core/api/agent.ts';
import type { Logger } from '#runtime/logger.ts';

/** By which method each peer is probed, and how it answers. */
export interface PeerMethods {
  stateOf(peer: Peer): MethodState;
  /** Keeps what a turn showed; logs where the method or the way in which the link fails is another than before. */
  took(peer: Peer, turn: Turn): void;
  /** Forgets all others. */
  keep(peers: readonly Peer[]): void;
}

interface Known {
  address: string;
  state: MethodState;
  /** What the log said last. */
  told: string;
}

export function createPeerMethods(metrics: AgentMetrics, logger: Logger): PeerMethods {
  const known = new Map<string, Known>();

  function count(): void {
    for (const method of RTT_METHODS) {
      metrics.links.set(
        { method },
        known
          .values()
          .filter(({ state }) => state.method === method)
          .toArray().length,
      );
    }
  }

  return {
    stateOf(peer) {
      const entry = known.get(peer.node);
      return entry?.address === peer.address ? entry.state : FIRST_STATE;
    },
    took(peer, { method, outcome, next }) {
      const failure = failureClass(outcome);
      const told = `${next.method} ${failure ?? ''}`;
      const before = known.get(peer.node);
      known.set(peer.node, { address: peer.address, state: next, told });
      count();
      if (told === (before?.told ?? `${FIRST_STATE.method} `)) return;
      const fields = { destination: peer.node, address: peer.address, method };
      if (failure !== undefined) logger.warn({ ...fields, class: failure }, 'a peer does not answer');
      else logger.info(fields, 'a peer answers');
    },
    keep(peers) {
      const names = new Set(peers.map(({ node }) => node));
      for (const name of [...known.keys()]) if (!names.has(name)) known.delete(name);
      count();
    },
  };
}

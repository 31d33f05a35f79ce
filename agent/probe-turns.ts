import { createHash } from 'node:crypto';
import type { ProbePlan } from '#core/api/agent.ts';

export type Peer = ProbePlan['peers'][number];

export interface ProbeTurns {
  /** Peers that stay keep their turns. */
  follow(peers: readonly Peer[], intervalMs: number): void;
  stop(): void;
}

interface PeerTurns {
  peer: Peer;
  intervalMs: number;
  timer: NodeJS.Timeout;
}

/**
 * Calls `onTurn` for every peer once per interval, each at a point of the interval that a hash of the two names picks, so
 * that probes are spread over time and their order does not depend on when plans came.
 */
export function createProbeTurns(node: string, onTurn: (peer: Peer) => void): ProbeTurns {
  const timers = new Map<string, PeerTurns>();

  function schedule(peer: Peer, intervalMs: number, notBeforeMs: number): void {
    const now = performance.now();
    const turn = nextTurnMs(`${node} ${peer.node}`, intervalMs, Math.max(now, notBeforeMs));
    const timer = setTimeout(() => {
      const current = timers.get(peer.node)?.peer ?? peer;
      // Half an interval on, because a timer may fire a little early, and this turn must not come twice.
      schedule(current, intervalMs, turn + intervalMs / 2);
      onTurn(current);
    }, turn - now);
    timers.set(peer.node, { peer, intervalMs, timer });
  }

  function cancel(name: string): void {
    clearTimeout(timers.get(name)?.timer);
    timers.delete(name);
  }

  return {
    follow(peers, intervalMs) {
      const wanted = new Set(peers.map((peer) => peer.node));
      for (const name of [...timers.keys()]) if (!wanted.has(name)) cancel(name);
      for (const peer of peers) {
        const known = timers.get(peer.node);
        if (known?.peer.address === peer.address && known.intervalMs === intervalMs) {
          known.peer = peer;
          continue;
        }
        cancel(peer.node);
        schedule(peer, intervalMs, 0);
      }
    },
    stop() {
      for (const name of [...timers.keys()]) cancel(name);
    },
  };
}

/** The first turn at or after a time: turns come at `phase + n * interval`, the phase being a hash of the key. */
export function nextTurnMs(key: string, intervalMs: number, notBeforeMs: number): number {
  const phase = (createHash('sha256').update(key).digest().readUInt32BE() / 2 ** 32) * intervalMs;
  return phase + Math.ceil((notBeforeMs - phase) / intervalMs) * intervalMs;
}

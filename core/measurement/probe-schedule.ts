import type { ProbeSettings } from '#core/api/network-topology.ts';
import { bandwidthRounds, type DirectedPair, pairKey, roundsOfPairs } from '#core/measurement/bandwidth-rounds.ts';
import { arrangePeers, peersInTurn, ringCount } from '#core/measurement/probe-peers.ts';
import { hashText } from '#core/random.ts';
import { freshSeconds } from '#core/topology/measured-links.ts';

/** The same everywhere and always: two aggregators, or one after a restart, plan the same peers for the same nodes. */
const SEED = 1;
/** Of the time for which a slice is believed. */
const TURN_SHARE = 0.5;

/** Who probes whom in one turn. */
export interface ProbeSchedule {
  nodes: readonly string[];
  allPairs: boolean;
  turn: number;
  /** Any so many consecutive turns cover every ordered pair; 1 where each turn does. */
  turnsToCoverAllPairs: number;
  /** Empty for a node that is not among the nodes. */
  peersOf(node: string): readonly string[];
  links(): Iterable<DirectedPair>;
  /** Pairs whose bandwidth is to be tested, each once, in rounds of disjoint pairs. */
  bandwidthRounds(): DirectedPair[][];
}

/**
 * How long peers stay the same, in seconds. A turn ends when slices would be written anyway, long after what the turn before measured is
 * no longer fresh: so no more links of a node than two turns' are fresh at a time.
 */
export function turnSeconds(probe: ProbeSettings): number {
  return Math.ceil(TURN_SHARE * freshSeconds(probe).confirmed);
}

/** By the wall clock, so that a restart goes on with the same peers. */
export function turnAt(probe: ProbeSettings, nowMs: number): number {
  return Math.floor(nowMs / (turnSeconds(probe) * 1000));
}

/** Within this time every ordered pair is probed, whenever one begins to count. */
export function coverageSeconds({ allPairs, turnsToCoverAllPairs }: ProbeSchedule, probe: ProbeSettings): number {
  // A turn that has begun may be nearly over, so it counts for nothing.
  return allPairs ? probe.intervalSeconds : (turnsToCoverAllPairs + 1) * turnSeconds(probe);
}

export function scheduleOf(nodes: readonly string[], probe: ProbeSettings, nowMs: number): ProbeSchedule {
  const arrangement = arrangePeers(nodes, { peersPerNode: probe.peersPerNode, seed: SEED });
  const { allPairs, turnsToCoverAllPairs } = arrangement;
  const turn = allPairs ? 0 : turnAt(probe, nowMs);
  const peers = peersInTurn(arrangement, turn);
  const positions = new Map(nodes.map((node, position) => [node, position]));
  const nameOf = (position: number) => nodes[position] as string;

  function* links(): Iterable<DirectedPair> {
    for (const [position, { all }] of peers.entries()) {
      for (const peer of all) yield { origin: nameOf(position), destination: nameOf(peer) };
    }
  }

  /** Links of rings always, of the others so few that those which are fresh are no more than peersPerNode for a node. */
  function* sparsePairs(): Iterable<DirectedPair> {
    const share = otherShare(probe);
    const seen = new Set<string>();
    for (const [position, { all, ring }] of peers.entries()) {
      for (const [place, peer] of all.entries()) {
        const pair = { origin: nameOf(position), destination: nameOf(peer) };
        const key = pairKey(pair);
        if (seen.has(key) || (place >= ring && hashText(key, turn) / 2 ** 32 >= share)) continue;
        seen.add(key);
        yield pair;
      }
    }
  }

  return {
    nodes,
    allPairs,
    turn,
    turnsToCoverAllPairs,
    peersOf: (node) => {
      const position = positions.get(node);
      return position === undefined ? [] : (peers[position]?.all ?? []).map(nameOf);
    },
    links,
    bandwidthRounds: () => (allPairs ? bandwidthRounds(nodes) : roundsOfPairs(sparsePairs())),
  };
}

/** Of the links outside rings: of how many the bandwidth is tested in a turn. */
function otherShare(probe: ProbeSettings): number {
  const { peersPerNode } = probe;
  const turnsWhileFresh = Math.max(1, freshSeconds(probe).bandwidth / turnSeconds(probe));
  return Math.min(1, peersPerNode / turnsWhileFresh / (peersPerNode - ringCount(peersPerNode)));
}

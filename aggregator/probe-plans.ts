import { createHash } from 'node:crypto';
import { type ClusterNode, isProbed } from '#aggregator/cluster-node.ts';
import type { BandwidthLease, ProbePlan } from '#core/api/agent.ts';
import type { ProbeSettings } from '#core/api/network-topology.ts';
import { bandwidthRounds, type DirectedPair } from '#core/measurement/bandwidth-rounds.ts';
import { probePeers } from '#core/measurement/probe-peers.ts';
import { freshSeconds } from '#core/topology/measured-links.ts';

/** Of the time for which a slice is believed. */
const TURN_SHARE = 0.5;

interface NodePlan {
  peers: ProbePlan['peers'];
  contentHash: string;
}

/** Who probes whom now, made from the nodes that are Ready; changes with them, the settings and the rotation. */
export class ProbePlans {
  readonly #probe: ProbeSettings;
  readonly #addresses: Map<string, string>;
  readonly #names: string[];
  readonly #rotation: number;
  readonly #plans = new Map<string, NodePlan>();
  /** Differs wherever any plan may. */
  readonly key: string;

  constructor(nodes: readonly ClusterNode[], probe: ProbeSettings, nowMs: number) {
    const probed = nodes.filter(isProbed);
    this.#probe = probe;
    this.#addresses = new Map(probed.map(({ name, address }) => [name, address]));
    this.#names = probed.map(({ name }) => name);
    // By the wall clock, so that a restart goes on with the same peers. A turn ends when slices would be written anyway, long after
    // what the turn before measured is no longer fresh: so no more links of a node than two turns' are fresh at a time.
    this.#rotation = this.allPairs ? 0 : Math.floor(nowMs / (1000 * TURN_SHARE * freshSeconds(probe).confirmed));
    this.key = JSON.stringify([probe, [...this.#addresses], this.#rotation]);
  }

  /** True while every node probes every other. */
  get allPairs(): boolean {
    return this.#names.length <= this.#probe.peersPerNode + 1;
  }

  /** Empty for a node that is not Ready. */
  peersOf(node: string): string[] {
    return this.#planOf(node).peers.map((peer) => peer.node);
  }

  /** Every link that is to be probed now. */
  *links(): Iterable<DirectedPair> {
    for (const origin of this.#names) for (const destination of this.peersOf(origin)) yield { origin, destination };
  }

  /** Links whose bandwidth is to be tested, in the order of rounds; beyond all pairs those that are probed anyway. */
  bandwidthPairs(): DirectedPair[] {
    return this.allPairs ? bandwidthRounds(this.#names).flat() : [...this.links()];
  }

  plan(node: string, lease: BandwidthLease | undefined): ProbePlan {
    const { peers, contentHash } = this.#planOf(node);
    const revision = lease === undefined ? contentHash : `${contentHash}.${lease.id}`;
    return { node, revision, probe: this.#probe, peers, ...(lease === undefined ? {} : { lease }) };
  }

  addressOf(node: string): string | undefined {
    return this.#addresses.get(node);
  }

  #planOf(node: string): NodePlan {
    const known = this.#plans.get(node);
    if (known) return known;
    const options = { peersPerNode: this.#probe.peersPerNode, rotation: this.#rotation };
    const peers = probePeers(this.#names, node, options).map((name) => ({
      node: name,
      address: this.#addresses.get(name) as string,
    }));
    const plan = { peers, contentHash: hash([this.#probe, peers]) };
    this.#plans.set(node, plan);
    return plan;
  }
}

function hash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}

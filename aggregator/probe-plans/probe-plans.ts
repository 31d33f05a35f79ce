import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { addressBetween, type ClusterNode, isProbed } from '#aggregator/cluster/cluster-node.ts';
import type { BandwidthLease, ProbePlan } from '#core/api/agent.ts';
import type { ProbeSettings } from '#core/api/network-topology.ts';
import type { DirectedPair } from '#core/measurement/bandwidth-rounds.ts';
import { type ProbeSchedule, scheduleOf, turnAt } from '#core/measurement/probe-schedule.ts';

/** Kept for thousands of nodes: what is told of a peer is put together when it is asked for. */
interface NodePlan {
  peers: readonly string[];
  contentHash: string;
}

type ProbedNode = ClusterNode & { address: string };

/** Who probes whom now, made from the nodes that are probed; changes with them, the settings and the turn. */
export class ProbePlans {
  readonly schedule: ProbeSchedule;
  readonly #probe: ProbeSettings;
  readonly #nodes: Map<string, ProbedNode>;
  /** Where the agents of nodes listen, as far as they told. */
  readonly #tcpPorts: ReadonlyMap<string, number>;
  readonly #plans = new Map<string, NodePlan>();

  constructor(
    nodes: readonly ClusterNode[],
    probe: ProbeSettings,
    nowMs: number,
    tcpPorts: ReadonlyMap<string, number> = new Map(),
  ) {
    this.#probe = probe;
    this.#nodes = new Map(nodes.filter(isProbed).map((node) => [node.name, node]));
    this.#tcpPorts = tcpPorts;
    this.schedule = scheduleOf([...this.#nodes.keys()], probe, nowMs);
  }

  /** The plans as they are at `nowMs`: these, where nothing changed that matters to them. */
  at(
    nodes: readonly ClusterNode[],
    probe: ProbeSettings,
    nowMs: number,
    tcpPorts: ReadonlyMap<string, number>,
  ): ProbePlans {
    const sameTurn = this.schedule.allPairs || turnAt(probe, nowMs) === this.schedule.turn;
    if (sameTurn && isDeepStrictEqual(probe, this.#probe) && this.#areOf(nodes, tcpPorts)) return this;
    return new ProbePlans(nodes, probe, nowMs, new Map(tcpPorts));
  }

  /** True while every node probes every other. */
  get allPairs(): boolean {
    return this.schedule.allPairs;
  }

  /** Empty for a node that is not probed. */
  peersOf(node: string): readonly string[] {
    return this.#planOf(node).peers;
  }

  /** Every link that is to be probed now. */
  *links(): Iterable<DirectedPair> {
    for (const origin of this.#nodes.keys()) {
      for (const destination of this.#planOf(origin).peers) yield { origin, destination };
    }
  }

  /** Links whose bandwidth is to be tested, each in one direction, in the order of rounds. */
  bandwidthPairs(): DirectedPair[] {
    const pairs = this.schedule.bandwidthRounds().flat();
    return pairs.filter(({ origin, destination }) => this.addressBetween(origin, destination) !== undefined);
  }

  plan(node: string, lease: BandwidthLease | undefined): ProbePlan {
    const { peers: names, contentHash } = this.#planOf(node);
    const revision = lease === undefined ? contentHash : `${contentHash}.${lease.id}`;
    const peers = names.flatMap((name) => this.#peer(node, name));
    return { node, revision, probe: this.#probe, peers, ...(lease === undefined ? {} : { lease }) };
  }

  isProbed(node: string): boolean {
    return this.#nodes.has(node);
  }

  /** Where the agent of one node reaches another, if both are probed and have a family in common. */
  addressBetween(origin: string, destination: string): string | undefined {
    const [from, to] = [this.#nodes.get(origin), this.#nodes.get(destination)];
    return from && to && addressBetween(from, to);
  }

  #areOf(nodes: readonly ClusterNode[], tcpPorts: ReadonlyMap<string, number>): boolean {
    let probed = 0;
    for (const node of nodes) {
      if (!isProbed(node)) continue;
      const known = this.#nodes.get(node.name);
      if (known?.address !== node.address || known.secondAddress !== node.secondAddress) return false;
      if (this.#tcpPorts.get(node.name) !== tcpPorts.get(node.name)) return false;
      probed += 1;
    }
    return probed === this.#nodes.size;
  }

  #planOf(node: string): NodePlan {
    const known = this.#plans.get(node);
    if (known) return known;
    const peers = this.schedule.peersOf(node).flatMap((name) => this.#peer(node, name));
    const plan = { peers: peers.map((peer) => peer.node), contentHash: hash([this.#probe, peers]) };
    this.#plans.set(node, plan);
    return plan;
  }

  #peer(origin: string, name: string): ProbePlan['peers'] {
    const address = this.addressBetween(origin, name);
    const tcpPort = this.#tcpPorts.get(name);
    return address === undefined ? [] : [{ node: name, address, ...(tcpPort === undefined ? {} : { tcpPort }) }];
  }
}

function hash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}

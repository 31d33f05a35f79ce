import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type ClusterNode, isProbed } from '#aggregator/cluster-node.ts';
import type { BandwidthLease, ProbePlan } from '#core/api/agent.ts';
import type { ProbeSettings } from '#core/api/network-topology.ts';
import type { DirectedPair } from '#core/measurement/bandwidth-rounds.ts';
import { type ProbeSchedule, scheduleOf, turnAt } from '#core/measurement/probe-schedule.ts';

interface NodePlan {
  peers: ProbePlan['peers'];
  contentHash: string;
}

/** Who probes whom now, made from the nodes that are probed; changes with them, the settings and the turn. */
export class ProbePlans {
  readonly schedule: ProbeSchedule;
  readonly #probe: ProbeSettings;
  readonly #addresses: Map<string, string>;
  readonly #plans = new Map<string, NodePlan>();

  constructor(nodes: readonly ClusterNode[], probe: ProbeSettings, nowMs: number) {
    const probed = nodes.filter(isProbed);
    this.#probe = probe;
    this.#addresses = new Map(probed.map(({ name, address }) => [name, address]));
    this.schedule = scheduleOf([...this.#addresses.keys()], probe, nowMs);
  }

  /** The plans as they are at `nowMs`: these, where nothing changed that matters to them. */
  at(nodes: readonly ClusterNode[], probe: ProbeSettings, nowMs: number): ProbePlans {
    const sameTurn = this.schedule.allPairs || turnAt(probe, nowMs) === this.schedule.turn;
    if (sameTurn && isDeepStrictEqual(probe, this.#probe) && this.#areOf(nodes)) return this;
    return new ProbePlans(nodes, probe, nowMs);
  }

  /** True while every node probes every other. */
  get allPairs(): boolean {
    return this.schedule.allPairs;
  }

  /** Empty for a node that is not probed. */
  peersOf(node: string): readonly string[] {
    return this.schedule.peersOf(node);
  }

  /** Every link that is to be probed now. */
  links(): Iterable<DirectedPair> {
    return this.schedule.links();
  }

  plan(node: string, lease: BandwidthLease | undefined): ProbePlan {
    const { peers, contentHash } = this.#planOf(node);
    const revision = lease === undefined ? contentHash : `${contentHash}.${lease.id}`;
    return { node, revision, probe: this.#probe, peers, ...(lease === undefined ? {} : { lease }) };
  }

  addressOf(node: string): string | undefined {
    return this.#addresses.get(node);
  }

  #areOf(nodes: readonly ClusterNode[]): boolean {
    let probed = 0;
    for (const node of nodes) {
      if (!isProbed(node)) continue;
      if (this.#addresses.get(node.name) !== node.address) return false;
      probed += 1;
    }
    return probed === this.#addresses.size;
  }

  #planOf(node: string): NodePlan {
    const known = this.#plans.get(node);
    if (known) return known;
    const peers = this.peersOf(node).map((name) => ({ node: name, address: this.#addresses.get(name) as string }));
    const plan = { peers, contentHash: hash([this.#probe, peers]) };
    this.#plans.set(node, plan);
    return plan;
  }
}

function hash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}

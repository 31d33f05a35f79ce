import { Aggregation } from '#aggregator/aggregation.ts';
import type { ClusterNode } from '#aggregator/cluster/cluster-node.ts';
import type { BandwidthLease } from '#core/api/agent.ts';
import { networkTopologySpec, type ProbeSettings } from '#core/api/network-topology.ts';
import { type DirectedPair, pairKey } from '#core/measurement/bandwidth-rounds.ts';
import { scheduleOf, turnAt } from '#core/measurement/probe-schedule.ts';
import { createRandom } from '#core/random.ts';

/** The beginning of a turn, where turns take a quarter of an hour. */
const START_MS = Date.UTC(2026, 0, 1, 12);
const STEP_MS = 100;
/** Less than links stay fresh, and a quarter of a turn: links of a new turn are pinged at once. */
const PING_MS = 225_000;
/** What starting and ending a test adds to it. */
const LEAST_DELAY_MS = 100;
const DELAY_SPREAD_MS = 300;

export interface SimulatedTest extends DirectedPair {
  startedMs: number;
  endedMs: number;
}

export interface SimulatedCycle {
  /** Undefined where it did not end within the time. */
  tookMs: number | undefined;
  /** Pairs that the plan had all along, and those of them that were not tested. */
  pairs: number;
  untested: number;
  /** How long the plan says in the end that a cycle takes. */
  toldSeconds: number;
  /** Also of pairs that the plan had for a while. */
  tests: SimulatedTest[];
}

export interface SimulatedCluster {
  nodes: readonly ClusterNode[];
  probe: ProbeSettings;
  /** What every link carries. */
  bitsPerSecond: number;
  /** Between two ticks of the aggregator, whose own are a second; where tests wait for bytes of the hour, longer ones tell the same sooner. */
  tickMs: number;
}

/**
 * For tests and benchmarks: one cycle of bandwidth tests by the aggregator's own leases, until every pair that the plan has all along
 * was tested. Agents are told of a test with the next tick, or when another one ended, and tell of its end after the delay; there is no other clock.
 */
export function simulateCycle(cluster: SimulatedCluster, mostMs: number): SimulatedCycle {
  const agents = new SimulatedAgents(cluster);
  const tested = new Set<string>();
  let pairs = plannedPairs(cluster, START_MS);
  let turn = turnAt(cluster.probe, START_MS);
  while (agents.nowMs - START_MS < mostMs) {
    const ended = agents.step();
    for (const test of ended) tested.add(pairKey(test));
    const turnNow = turnAt(cluster.probe, agents.nowMs);
    if (turnNow !== turn) pairs = pairs.intersection(plannedPairs(cluster, agents.nowMs));
    if ((turnNow !== turn || ended.length > 0) && pairs.isSubsetOf(tested)) break;
    turn = turnNow;
  }
  const untested = pairs.difference(tested).size;
  const tookMs = untested === 0 ? agents.nowMs - START_MS : undefined;
  return { tookMs, pairs: pairs.size, untested, toldSeconds: agents.toldSeconds(), tests: agents.tests };
}

function plannedPairs({ nodes, probe }: SimulatedCluster, nowMs: number): Set<string> {
  const names = nodes.map(({ name }) => name);
  return new Set(scheduleOf(names, probe, nowMs).bandwidthRounds().flat().map(pairKey));
}

class SimulatedAgents {
  nowMs = START_MS;
  readonly tests: SimulatedTest[] = [];
  readonly #cluster: SimulatedCluster;
  readonly #aggregation = new Aggregation({ changed() {}, measured() {}, rejected() {}, leaseEnded() {} });
  readonly #random = createRandom(7);
  readonly #running = new Map<string, SimulatedTest & { bitsPerSecond: number }>();

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    this.#aggregation.updateCluster(cluster.nodes, networkTopologySpec.parse({ probe: cluster.probe }), START_MS);
    this.#pingAll();
  }

  /** The tests that ended in this step. */
  step(): SimulatedTest[] {
    this.nowMs += STEP_MS;
    const ticks = (this.nowMs - START_MS) % this.#cluster.tickMs === 0;
    if (ticks) this.#tick();
    const ended = this.#endTests();
    if (ticks || ended.length > 0) this.#learnTests();
    return ended;
  }

  toldSeconds(): number {
    const { byRoundsSeconds, byBudgetSeconds = 0 } = this.#aggregation.planView(this.nowMs).bandwidth.cycle;
    return Math.max(byRoundsSeconds, byBudgetSeconds);
  }

  #tick(): void {
    for (const { name } of this.#cluster.nodes) this.#aggregation.heard(name, this.nowMs);
    this.#aggregation.tick(this.nowMs);
    if ((this.nowMs - START_MS) % PING_MS === 0) this.#pingAll();
  }

  #learnTests(): void {
    if (this.#aggregation.leases.activeCount === this.#running.size) return;
    for (const { name: origin } of this.#cluster.nodes) {
      const lease = this.#aggregation.leases.leaseOf(origin, this.nowMs);
      if (lease?.role !== 'client' || this.#running.has(lease.id)) continue;
      this.#running.set(lease.id, this.#testOf(origin, lease));
    }
  }

  #testOf(origin: string, lease: BandwidthLease): SimulatedTest & { bitsPerSecond: number } {
    const { peer: destination, seconds, omitSeconds, maxBitsPerSecond } = lease;
    const tookMs = 1000 * (seconds + omitSeconds) + LEAST_DELAY_MS + DELAY_SPREAD_MS * this.#random();
    const bitsPerSecond = Math.min(this.#cluster.bitsPerSecond, maxBitsPerSecond);
    return { origin, destination, startedMs: this.nowMs, endedMs: this.nowMs + tookMs, bitsPerSecond };
  }

  #endTests(): SimulatedTest[] {
    const ended: SimulatedTest[] = [];
    for (const [leaseId, { bitsPerSecond: bandwidthBitsPerSecond, ...test }] of this.#running) {
      if (test.endedMs > this.nowMs) continue;
      this.#running.delete(leaseId);
      ended.push({ ...test, endedMs: this.nowMs });
      const { origin, destination } = test;
      this.#report(origin, [{ kind: 'bandwidth', destination, leaseId, bandwidthBitsPerSecond }]);
    }
    this.tests.push(...ended);
    return ended;
  }

  #pingAll(): void {
    for (const { name: origin } of this.#cluster.nodes) {
      const peers = this.#aggregation.planFor(origin, this.nowMs)?.peers ?? [];
      const answer = { kind: 'rtt', transmitted: 7, received: 7, rttMicroseconds: 500 };
      this.#report(
        origin,
        peers.map(({ node: destination }) => ({ ...answer, destination })),
      );
    }
  }

  #report(node: string, measurements: object[]): void {
    const measuredAt = new Date(this.nowMs).toISOString();
    this.#aggregation.takeReport(
      { node, measurements: measurements.map((one) => ({ measuredAt, ...one })) },
      this.nowMs,
    );
  }
}

import { isDeepStrictEqual } from 'node:util';
import { BandwidthLeases, type LeaseGround, type LeaseOutcome } from '#aggregator/bandwidth/bandwidth-leases.ts';
import { isDisturbedByTest, type ProbeGround } from '#aggregator/bandwidth/disturbed-probes.ts';
import { type ClusterNode, isProbed } from '#aggregator/cluster/cluster-node.ts';
import { NodeInterfaces } from '#aggregator/cluster/interfaces.ts';
import { NodeCoordinates } from '#aggregator/links/coordinates.ts';
import { type LinkState, LinkStore, type SampleOutcome } from '#aggregator/links/link-store.ts';
import { type Overview, OverviewCache } from '#aggregator/links/overview.ts';
import { planView } from '#aggregator/probe-plans/plan-view.ts';
import { PlanWaiters } from '#aggregator/probe-plans/plan-waiters.ts';
import { ProbePlans } from '#aggregator/probe-plans/probe-plans.ts';
import { CLOCK_TOLERANCE_MS, type Rejection } from '#aggregator/reports/plausibility.ts';
import { type PlausibleMeasurement, readReport, receiptOf } from '#aggregator/reports/reports.ts';
import type { Measurement, ProbePlan, ReportReceipt } from '#core/api/agent.ts';
import { type NetworkTopologySpec, networkTopologySpec } from '#core/api/network-topology.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import type { PlanView } from '#core/api/plan-view.ts';
import type { DirectedPair } from '#core/measurement/bandwidth-rounds.ts';
import type { Pieces } from '#core/pieces.ts';
import { freshSeconds, RETAINED_SECONDS } from '#core/topology/measured-links.ts';

export interface AggregationEvents {
  /** There may be something to write. */
  changed(): void;
  measured(origin: string, measurement: Measurement, outcome: SampleOutcome): void;
  rejected(reason: Rejection): void;
  leaseEnded(outcome: LeaseOutcome): void;
}

const WAITERS_LIMIT = 20_000;
/**
 * Links that one origin may fill memory with, for each peer of its plan: those of the present turn and of the one before are
 * fresh, and where an agent that was cut off catches up there are older ones.
 */
const LINKS_PER_PEER = 4;

/** All that the aggregator knows and plans, without a clock, a network or files: callers say what happened, and when. */
export class Aggregation {
  readonly store = new LinkStore();
  readonly coordinates = new NodeCoordinates();
  readonly waiters = new PlanWaiters(WAITERS_LIMIT);
  readonly leases: BandwidthLeases;
  readonly interfaces = new NodeInterfaces();
  readonly #tcpPorts = new Map<string, number>();
  readonly #events: AggregationEvents;
  readonly #overviews = new OverviewCache();
  #nodes = new Map<string, ClusterNode>();
  #spec: NetworkTopologySpec = networkTopologySpec.parse({});
  #plans: ProbePlans;
  #seededAtMs = Number.NEGATIVE_INFINITY;
  /** When an earlier process last wrote the slice of a node, until every link was heard of since. */
  readonly #observedAtMs = new Map<string, number>();
  #tickedAtMs = Number.NEGATIVE_INFINITY;
  #bandwidthPairs: DirectedPair[] | undefined;

  constructor(events: AggregationEvents) {
    this.#events = events;
    this.leases = new BandwidthLeases((outcome) => events.leaseEnded(outcome));
    this.#plans = new ProbePlans([], this.#spec.probe, 0);
  }

  get spec(): NetworkTopologySpec {
    return this.#spec;
  }

  nodes(): ClusterNode[] {
    return [...this.#nodes.values()];
  }

  node(name: string): ClusterNode | undefined {
    return this.#nodes.get(name);
  }

  overview(nowMs: number): Overview {
    const source = {
      nodes: this.nodes(),
      spec: this.#spec,
      plans: this.#plans,
      store: this.store,
      interfaces: this.interfaces,
      coordinates: this.coordinates,
      observedAtMs: (node: string) => this.#observedAtMs.get(node) ?? Number.NaN,
    };
    return this.#overviews.get(source, nowMs);
  }

  /** Who probes whom and when bandwidth is tested; with the plan of `node` where one is named. */
  planView(nowMs: number, node?: string): PlanView {
    const { coverage } = this.overview(nowMs);
    const { probe } = this.#spec;
    const [leases, ground, schedule] = [this.leases, this.#leaseGround(), this.#plans.schedule];
    return planView({ nodes: this.nodes(), probe, schedule, coverage, leases, ground, nowMs }, node);
  }

  /** Pairs whose bandwidth is to be tested, but one test would move more than the bytes of an hour. */
  tooLargePairs(): number {
    const { pairs, probe } = this.#leaseGround();
    return pairs.filter((pair) => !this.leases.budget.fits(pair, probe)).length;
  }

  /** Every link that is to be probed now. */
  plannedLinks(): Iterable<DirectedPair> {
    return this.#plans.links();
  }

  /** `nodes` are sorted by name. */
  updateCluster(nodes: readonly ClusterNode[], spec: NetworkTopologySpec, nowMs: number): void {
    const specChanged = !isDeepStrictEqual(spec, this.#spec);
    const changed = nodes.filter((node) => !isDeepStrictEqual(node, this.#nodes.get(node.name)));
    if (!specChanged && changed.length === 0 && nodes.length === this.#nodes.size) return;
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
    this.#spec = spec;
    this.interfaces.retain((name) => this.#nodes.has(name));
    for (const name of this.#tcpPorts.keys()) if (!this.#nodes.has(name)) this.#tcpPorts.delete(name);
    for (const { name } of specChanged ? nodes : changed) this.store.markChanged(name);
    this.#overviews.clear();
    this.#replan(nowMs);
    const isProbedNode = (name: string) => this.#plans.isProbed(name);
    this.leases.retain(isProbedNode, (name) => this.#nodes.has(name), nowMs);
    this.#dropUseless(nowMs);
    this.#wakeAll(nowMs);
    this.#events.changed();
  }

  /** Goes on where an earlier process stopped: with what it published. */
  seed(slices: readonly NetworkTopologySlice[], nowMs: number): void {
    this.coordinates.seed(slices);
    this.#seededAtMs = nowMs;
    for (const slice of slices) {
      this.interfaces.seed(slice);
      this.store.seed(slice, nowMs + CLOCK_TOLERANCE_MS);
      const observedAtMs = Date.parse(slice.observedAt ?? '');
      if (observedAtMs <= nowMs + CLOCK_TOLERANCE_MS) this.#observedAtMs.set(slice.origin, observedAtMs);
      for (const { destination, bandwidthMeasuredAt, bandwidthBitsPerSecond } of slice.links) {
        if (bandwidthMeasuredAt === undefined || bandwidthBitsPerSecond === undefined) continue;
        const link = { origin: slice.origin, destination };
        const measuredAtMs = Date.parse(bandwidthMeasuredAt);
        if (measuredAtMs > nowMs + CLOCK_TOLERANCE_MS) continue;
        this.leases.countEarlierTest(link, measuredAtMs, bandwidthBitsPerSecond, this.#spec.probe.bandwidth);
      }
    }
    this.#dropUseless(nowMs);
    this.#events.changed();
  }

  /**
   * To be called when a node's agent asks for its plan. A port that is new is in the others' plans from the next tick on: all
   * agents tell theirs at once when the aggregator starts.
   */
  heard(node: string, nowMs: number, tcpPort?: number): void {
    if (!this.#nodes.has(node)) return;
    this.leases.heard(node, nowMs);
    if (tcpPort !== undefined) this.#tcpPorts.set(node, tcpPort);
  }

  /** Undefined for a node that is not known. */
  planFor(node: string, nowMs: number): ProbePlan | undefined {
    return this.#nodes.has(node) ? this.#plans.plan(node, this.leases.leaseOf(node, nowMs)) : undefined;
  }

  /** Throws RefusedReport, and has taken nothing of the report then. */
  takeReport(body: unknown, nowMs: number): ReportReceipt {
    const report = readReport(body, {
      isKnown: (name) => this.#nodes.has(name),
      objectionTo: (origin, measurement) => this.leases.objectionTo(origin, measurement),
      nowMs,
    });
    const { node, plausible, rejected } = report;
    this.leases.heard(node, nowMs);
    const leasesBefore = this.leases.activeCount;
    for (const { reason } of rejected) this.#events.rejected(reason);
    const hasReading = report.interface !== undefined && this.interfaces.take(node, report.interface, nowMs);
    if (hasReading) this.store.markChanged(node);
    const ground = this.#probeGround(nowMs);
    const outcomes = plausible.map((each) => this.#take(node, each, ground));
    const duplicates = outcomes.filter((outcome) => outcome === 'duplicate' || outcome === 'stale').length;
    if (hasReading || outcomes.includes('added')) this.#events.changed();
    // Looks at every pair: only where one that was in the way has ended.
    if (this.leases.activeCount < leasesBefore) this.#grantLeases(nowMs);
    return receiptOf(report, duplicates);
  }

  /** To be called every second: leases end and start, peers take turns. */
  tick(nowMs: number): void {
    // Set back: else tests would be under way, and their bytes counted, until the clock is as late again.
    if (nowMs < this.#tickedAtMs) {
      this.leases.shift(nowMs - this.#tickedAtMs);
      this.#seededAtMs += nowMs - this.#tickedAtMs;
    }
    this.#tickedAtMs = nowMs;
    if (this.#observedAtMs.size > 0 && this.#hasHeardOfAll(nowMs)) {
      this.#observedAtMs.clear();
      this.#overviews.clear();
      this.#events.changed();
    }
    const before = this.#plans;
    this.#replan(nowMs);
    if (this.#plans !== before) {
      this.#overviews.clear();
      this.#wakeAll(nowMs);
    }
    this.leases.expire(nowMs);
    this.#grantLeases(nowMs);
  }

  /** To be called now and then: measurements age also where nothing happens. */
  age(nowMs: number): void {
    this.#dropUseless(nowMs);
    this.#events.changed();
  }

  /** Coordinates as they follow from what is fresh. */
  *renewCoordinates(nowMs: number): Pieces<void> {
    const freshMs = freshSeconds(this.#spec.probe).rtt * 1000;
    const source = {
      nodes: [...this.#nodes.keys()],
      store: this.store,
      sinceMs: nowMs - freshMs,
      keepsLost: !this.#hasHeardOfAll(nowMs),
    };
    const changed = yield* this.coordinates.renew(source);
    if (changed.length === 0) return;
    for (const node of changed) this.store.markChanged(node);
    this.#events.changed();
  }

  /** Since this process began there was time for every agent to report every link. */
  #hasHeardOfAll(nowMs: number): boolean {
    return nowMs - this.#seededAtMs > freshSeconds(this.#spec.probe).rtt * 1000;
  }

  #take(origin: string, { measurement, measuredAtMs }: PlausibleMeasurement, ground: ProbeGround): SampleOutcome {
    const peers = this.#plans.allPairs ? this.#nodes.size : this.#spec.probe.peersPerNode;
    const disturbed = measurement.kind === 'rtt' && isDisturbedByTest(origin, measurement, measuredAtMs, ground);
    const marked = disturbed ? { ...measurement, disturbedBy: 'bandwidthTest' as const } : measurement;
    const outcome = this.store.add(origin, marked, measuredAtMs, LINKS_PER_PEER * peers);
    this.#events.measured(origin, marked, outcome);
    if (measurement.kind === 'bandwidth') this.leases.finish(measurement, ground.nowMs);
    return outcome;
  }

  #probeGround(nowMs: number): ProbeGround {
    return {
      tests: this.leases.tests,
      pace: this.#spec.probe,
      freshMs: freshSeconds(this.#spec.probe).rtt * 1000,
      answeredAtMs: (origin, destination) => this.store.answeredAtMs(origin, destination),
      nowMs,
    };
  }

  #replan(nowMs: number): void {
    const plans = this.#plans.at([...this.#nodes.values()], this.#spec.probe, nowMs, this.#tcpPorts);
    if (plans === this.#plans) return;
    this.#plans = plans;
    this.#bandwidthPairs = undefined;
  }

  #grantLeases(nowMs: number): void {
    this.leases.grant(this.#leaseGround(), nowMs);
    for (const node of this.leases.takeChangedNodes()) this.waiters.wake(node, this.planFor(node, nowMs));
  }

  #leaseGround(): LeaseGround {
    this.#bandwidthPairs ??= this.#plans.bandwidthPairs();
    return {
      pairs: this.#bandwidthPairs,
      probe: this.#spec.probe.bandwidth,
      rttFreshSeconds: freshSeconds(this.#spec.probe).rtt,
      state: (origin, destination) => this.store.state(origin, destination),
      zoneOf: (node) => this.#nodes.get(node)?.zone ?? '',
      addressBetween: (origin, destination) => this.#plans.addressBetween(origin, destination),
      isWaiting: (node) => this.waiters.has(node),
    };
  }

  #wakeAll(nowMs: number): void {
    for (const node of this.waiters.nodes()) this.waiters.wake(node, this.planFor(node, nowMs));
  }

  /**
   * Drops links of nodes that are gone, links too old to use, and in large clusters those that had their turn. Also those
   * from the future: the clock was set back, and what is measured now would be older than what their windows hold.
   */
  #dropUseless(nowMs: number): void {
    const fresh = freshSeconds(this.#spec.probe);
    const forgetMs = nowMs - Math.max(RETAINED_SECONDS, fresh.bandwidth) * 1000;
    this.leases.forget((node) => this.#nodes.has(node), forgetMs);
    const planned = new Map(this.nodes().map(({ name }) => [name, new Set(this.#plans.peersOf(name))]));
    const youngerThan = (state: LinkState, rttSeconds: number, bandwidthSeconds: number) =>
      nowMs - state.probedAtMs <= rttSeconds * 1000 || nowMs - state.bandwidthMeasuredAtMs <= bandwidthSeconds * 1000;
    this.store.retain((origin, destination, state) => {
      if (!this.#nodes.has(origin) || !this.#nodes.has(destination)) return false;
      // What is no longer measured has to be told, too, although nothing is heard of it.
      if (nowMs - state.probedAtMs > fresh.rtt * 1000) this.store.markChanged(origin);
      if (Math.max(state.probedAtMs, state.bandwidthMeasuredAtMs) > nowMs + CLOCK_TOLERANCE_MS) return false;
      if (!youngerThan(state, RETAINED_SECONDS, Math.max(RETAINED_SECONDS, fresh.bandwidth))) return false;
      if (this.#plans.allPairs || planned.get(origin)?.has(destination)) return true;
      return youngerThan(state, fresh.rtt, fresh.bandwidth);
    });
  }

  readyNodes(): number {
    return this.nodes().filter(isProbed).length;
  }
}

import { randomUUID } from 'node:crypto';
import { ByteBudget, type BytesUsed, bytesMoved } from '#aggregator/bandwidth/byte-budget.ts';
import { chooseTests } from '#aggregator/bandwidth/lease-choice.ts';
import { NodeTests } from '#aggregator/bandwidth/node-tests.ts';
import { type NextTest, type TestProtocol, TestTurns, type TurnGround } from '#aggregator/test-turns.ts';
import type { BandwidthLease, BandwidthMeasurement } from '#core/api/agent.ts';
import type { BandwidthProbe } from '#core/api/network-topology.ts';
import type { DirectedPair } from '#core/measurement/bandwidth-rounds.ts';

export type LeaseOutcome = 'measured' | 'failed' | 'expired' | 'cancelled';

/** What granting a lease depends on. */
export interface LeaseGround extends TurnGround {
  /** Each once, in either direction, in the order in which they are tested where nothing else decides. */
  pairs: readonly DirectedPair[];
  zoneOf(node: string): string;
  /** Where the origin reaches the destination. */
  addressBetween(origin: string, destination: string): string | undefined;
  /** True while a plan of the node's agent is awaited. */
  isWaiting(node: string): boolean;
}

interface Lease extends DirectedPair {
  id: string;
  address: string;
  port: number;
  probe: BandwidthProbe;
  protocol: TestProtocol;
  maxBitsPerSecond: number;
  deadlineAtMs: number;
  use: BytesUsed;
}

/** For both agents to hear of the lease, start iperf3 and report. */
const MARGIN_MS = 10_000;
/** An agent that was not heard of for this long gets no lease. */
const HEARD_WITHIN_MS = 10_000;
/** Ports take turns, so that a server left over from an earlier test is not in the way. */
const FIRST_PORT = 5201;
const PORTS = 16;

/** The bandwidth tests under way, and what they move. */
export class BandwidthLeases {
  readonly budget = new ByteBudget();
  readonly turns = new TestTurns(this.budget);
  readonly tests = new NodeTests();
  readonly #active = new Map<string, Lease>();
  readonly #activeAt = new Map<string, Lease>();
  /** When the next test of a pair is due, while it is not: there are many pairs, and nothing changes it before. */
  #restsUntilMs = new WeakMap<DirectedPair, number>();
  readonly #heardAtMs = new Map<string, number>();
  readonly #changedNodes = new Set<string>();
  readonly #onEnd: (outcome: LeaseOutcome) => void;
  #granted = 0;

  constructor(onEnd: (outcome: LeaseOutcome) => void) {
    this.#onEnd = onEnd;
  }

  get activeCount(): number {
    return this.#active.size;
  }

  heard(node: string, nowMs: number): void {
    this.#heardAtMs.set(node, nowMs);
  }

  /** Counts a test of an earlier process against the bytes of the hour. */
  countEarlierTest(link: DirectedPair, measuredAtMs: number, bitsPerSecond: number, probe: BandwidthProbe): void {
    const { origin, destination } = link;
    this.budget.add({ origin, destination, atMs: measuredAtMs, bytes: bytesMoved(bitsPerSecond, probe) });
    this.budget.measured(link, bitsPerSecond);
    this.turns.knows(link, 'tcp', bitsPerSecond, measuredAtMs);
  }

  leaseOf(node: string, nowMs: number): BandwidthLease | undefined {
    const lease = this.#activeAt.get(node);
    if (lease === undefined) return undefined;
    const { seconds, omitSeconds } = lease.probe;
    return {
      id: lease.id,
      ...(lease.origin === node ? { role: 'client', peer: lease.destination } : { role: 'server', peer: lease.origin }),
      address: lease.address,
      port: lease.port,
      seconds,
      omitSeconds,
      ...(lease.protocol === 'tcp' ? {} : { protocol: lease.protocol }),
      maxBitsPerSecond: lease.maxBitsPerSecond,
      deadlineMilliseconds: Math.max(1, lease.deadlineAtMs - nowMs),
    };
  }

  /** What is wrong with a report that names a lease under way; undefined where nothing is, or where there is no such lease. */
  objectionTo(origin: string, measurement: BandwidthMeasurement): string | undefined {
    const lease = this.#active.get(measurement.leaseId);
    if (lease === undefined) return undefined;
    if (ends(lease, origin, measurement.destination)) {
      const { protocol = 'tcp', error } = measurement;
      return protocol === lease.protocol || error !== undefined
        ? undefined
        : `the lease is of a ${lease.protocol} test`;
    }
    const byServer = ends(lease, measurement.destination, origin);
    if (byServer && measurement.error !== undefined) return undefined;
    return `the lease is of ${lease.origin} -> ${lease.destination}`;
  }

  /** Ends the lease that the measurement is of, if it is still under way. */
  finish({ leaseId, bandwidthBitsPerSecond }: BandwidthMeasurement, nowMs: number): void {
    const lease = this.#active.get(leaseId);
    if (lease === undefined) return;
    this.heard(lease.origin, nowMs);
    this.heard(lease.destination, nowMs);
    if (bandwidthBitsPerSecond !== undefined) {
      lease.use.bytes = bytesMoved(bandwidthBitsPerSecond, lease.probe);
      if (lease.protocol === 'tcp') this.budget.measured(lease, bandwidthBitsPerSecond);
    }
    this.#end(lease, bandwidthBitsPerSecond === undefined ? 'failed' : 'measured', nowMs, bandwidthBitsPerSecond);
  }

  expire(nowMs: number): void {
    for (const lease of [...this.#active.values()]) if (lease.deadlineAtMs <= nowMs) this.#end(lease, 'expired', nowMs);
  }

  /** Ends the leases of nodes that are no longer probed, and forgets the nodes that are gone. */
  retain(isProbed: (node: string) => boolean, isKnown: (node: string) => boolean, nowMs: number): void {
    for (const lease of [...this.#active.values()]) {
      if (!isProbed(lease.origin) || !isProbed(lease.destination)) this.#end(lease, 'cancelled', nowMs);
    }
    this.budget.retain(isKnown);
    this.tests.retain(isKnown);
    for (const node of this.#heardAtMs.keys()) if (!isKnown(node)) this.#heardAtMs.delete(node);
  }

  /** The clock was set by so much: whatever was so long ago, or is due so soon, stays so. */
  shift(ms: number): void {
    for (const lease of this.#active.values()) lease.deadlineAtMs += ms;
    for (const [node, heardAtMs] of this.#heardAtMs) this.#heardAtMs.set(node, heardAtMs + ms);
    this.#restsUntilMs = new WeakMap();
    this.budget.shift(ms);
    this.turns.shift(ms);
    this.tests.shift(ms);
  }

  /** Forgets tests that ended before `sinceMs`, and those of nodes that are gone. */
  forget(isKnown: (node: string) => boolean, sinceMs: number): void {
    this.turns.retain(isKnown, sinceMs);
  }

  grant(ground: LeaseGround, nowMs: number): void {
    const chosen = chooseTests({
      candidates: () => this.#candidates(ground, nowMs),
      active: [...this.#active.values()],
      zoneOf: ground.zoneOf,
      probe: ground.probe,
      room: this.budget.room(ground.probe, nowMs),
    });
    for (const test of chosen) this.#start(test, ground, nowMs);
  }

  /** The nodes whose lease is another one than at the last call. */
  takeChangedNodes(): string[] {
    const nodes = [...this.#changedNodes];
    this.#changedNodes.clear();
    return nodes;
  }

  #candidates(ground: LeaseGround, nowMs: number): NextTest[] {
    const listening = new Map<string, boolean>();
    const listens = (node: string): boolean => {
      const known = listening.get(node) ?? (ground.isWaiting(node) || this.#wasHeard(node, nowMs));
      listening.set(node, known);
      return known;
    };
    return ground.pairs.flatMap((pair) => {
      if (this.#activeAt.has(pair.origin) && this.#activeAt.has(pair.destination)) return [];
      if ((this.#restsUntilMs.get(pair) ?? 0) > nowMs) return [];
      if (!listens(pair.origin) || !listens(pair.destination)) return [];
      const test = this.turns.next(pair, ground, nowMs);
      if (test === undefined || test.dueAtMs <= nowMs) return test === undefined ? [] : [test];
      this.#restsUntilMs.set(pair, test.dueAtMs);
      return [];
    });
  }

  #wasHeard(node: string, nowMs: number): boolean {
    return nowMs - (this.#heardAtMs.get(node) ?? Number.NEGATIVE_INFINITY) <= HEARD_WITHIN_MS;
  }

  #start(test: NextTest, { probe, addressBetween }: LeaseGround, nowMs: number): void {
    const { origin, destination, protocol, maxBitsPerSecond, expectedBytes } = test;
    const address = addressBetween(origin, destination);
    if (address === undefined) return;
    const lease = {
      id: randomUUID(),
      origin,
      destination,
      address,
      port: FIRST_PORT + (this.#granted % PORTS),
      probe,
      protocol,
      maxBitsPerSecond,
      deadlineAtMs: nowMs + (probe.seconds + probe.omitSeconds) * 1000 + MARGIN_MS,
      use: this.budget.add({ origin, destination, atMs: nowMs, bytes: expectedBytes }),
    };
    this.#granted += 1;
    this.#active.set(lease.id, lease);
    this.tests.began(lease, nowMs);
    for (const node of [origin, destination]) this.#changeLease(node, lease);
  }

  #changeLease(node: string, lease: Lease | undefined): void {
    if (lease === undefined) this.#activeAt.delete(node);
    else this.#activeAt.set(node, lease);
    this.#changedNodes.add(node);
  }

  #end(lease: Lease, outcome: LeaseOutcome, nowMs: number, bitsPerSecond?: number): void {
    this.#active.delete(lease.id);
    for (const node of [lease.origin, lease.destination]) this.#changeLease(node, undefined);
    this.tests.ended(lease, nowMs);
    this.turns.ended(lease, lease.protocol, bitsPerSecond, nowMs);
    this.#onEnd(outcome);
  }
}

function ends(lease: DirectedPair, origin: string, destination: string): boolean {
  return lease.origin === origin && lease.destination === destination;
}

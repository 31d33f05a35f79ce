import { randomUUID } from 'node:crypto';
import { type BandwidthProbe, chooseTests, retryDelayMs, type TestCandidate } from '#aggregator/lease-choice.ts';
import type { LinkState } from '#aggregator/link-store.ts';
import type { BandwidthLease, BandwidthMeasurement } from '#core/api/agent.ts';
import type { DirectedPair } from '#core/measurement/bandwidth-rounds.ts';

export type LeaseOutcome = 'measured' | 'failed' | 'expired' | 'cancelled';

/** What granting a lease depends on. */
export interface LeaseGround {
  /** In the order in which they are tested where nothing else decides. */
  pairs: readonly DirectedPair[];
  probe: BandwidthProbe;
  /** A link is tested only while its RTT is known and no older than this, so that tests cannot starve the pings. */
  rttFreshSeconds: number;
  state(origin: string, destination: string): LinkState | undefined;
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
  deadlineAtMs: number;
  use: BytesUsed;
}

interface BytesUsed {
  atMs: number;
  bytes: number;
}

interface Attempt {
  endedAtMs: number;
  /** Since the last success. */
  failures: number;
}

const HOUR_MS = 3_600_000;
/** For both agents to hear of the lease, start iperf3 and report. */
const MARGIN_MS = 10_000;
/** An agent that was not heard of for this long gets no lease. */
const HEARD_WITHIN_MS = 10_000;
/** Ports take turns, so that a server left over from an earlier test is not in the way. */
const FIRST_PORT = 5201;
const PORTS = 16;

/** The bandwidth tests under way, and when each link may be tested again. */
export class BandwidthLeases {
  readonly #active = new Map<string, Lease>();
  readonly #attempts = new Map<string, Attempt>();
  readonly #heardAtMs = new Map<string, number>();
  readonly #changedNodes = new Set<string>();
  readonly #onEnd: (outcome: LeaseOutcome) => void;
  #used: BytesUsed[] = [];
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
  countEarlierTest(measuredAtMs: number, bandwidthBitsPerSecond: number, probe: BandwidthProbe): void {
    this.#used.push({ atMs: measuredAtMs, bytes: bytesMoved(bandwidthBitsPerSecond, probe) });
  }

  leaseOf(node: string, nowMs: number): BandwidthLease | undefined {
    const lease = this.#active.values().find(({ origin, destination }) => origin === node || destination === node);
    if (lease === undefined) return undefined;
    const { bytesPerTest, seconds, omitSeconds } = lease.probe;
    return {
      id: lease.id,
      ...(lease.origin === node ? { role: 'client', peer: lease.destination } : { role: 'server', peer: lease.origin }),
      address: lease.address,
      port: lease.port,
      seconds,
      omitSeconds,
      maxBitsPerSecond: Math.max(1, Math.floor((bytesPerTest * 8) / (seconds + omitSeconds))),
      deadlineMilliseconds: Math.max(1, lease.deadlineAtMs - nowMs),
    };
  }

  /** What is wrong with a report that names a lease under way; undefined where nothing is, or where there is no such lease. */
  objectionTo(origin: string, measurement: BandwidthMeasurement): string | undefined {
    const lease = this.#active.get(measurement.leaseId);
    if (lease === undefined || ends(lease, origin, measurement.destination)) return undefined;
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
      lease.use.bytes = Math.min(lease.use.bytes, bytesMoved(bandwidthBitsPerSecond, lease.probe));
    }
    this.#end(lease, bandwidthBitsPerSecond === undefined ? 'failed' : 'measured', nowMs);
  }

  expire(nowMs: number): void {
    for (const lease of [...this.#active.values()]) if (lease.deadlineAtMs <= nowMs) this.#end(lease, 'expired', nowMs);
  }

  /** Ends the leases of nodes that are no longer probed, and forgets those that are gone. */
  retain(isProbed: (node: string) => boolean, isKnown: (node: string) => boolean, nowMs: number): void {
    for (const lease of [...this.#active.values()]) {
      if (!isProbed(lease.origin) || !isProbed(lease.destination)) this.#end(lease, 'cancelled', nowMs);
    }
    for (const key of this.#attempts.keys()) if (!key.split('\n').every(isKnown)) this.#attempts.delete(key);
    for (const node of this.#heardAtMs.keys()) if (!isKnown(node)) this.#heardAtMs.delete(node);
  }

  grant(ground: LeaseGround, nowMs: number): void {
    this.#used = this.#used.filter(({ atMs }) => atMs > nowMs - HOUR_MS);
    const chosen = chooseTests({
      candidates: () => this.#candidates(ground, nowMs),
      active: [...this.#active.values()],
      zoneOf: ground.zoneOf,
      probe: ground.probe,
      bytesUsed: this.#used.reduce((sum, { bytes }) => sum + bytes, 0),
    });
    for (const pair of chosen) this.#start(pair, ground, nowMs);
  }

  /** The nodes whose lease is another one than at the last call. */
  takeChangedNodes(): string[] {
    const nodes = [...this.#changedNodes];
    this.#changedNodes.clear();
    return nodes;
  }

  #candidates(ground: LeaseGround, nowMs: number): TestCandidate[] {
    const listening = new Map<string, boolean>();
    const listens = (node: string): boolean => {
      const known = listening.get(node) ?? (ground.isWaiting(node) || this.#wasHeard(node, nowMs));
      listening.set(node, known);
      return known;
    };
    return ground.pairs.flatMap(({ origin, destination }) => {
      if (!listens(origin) || !listens(destination)) return [];
      const lastAttemptMs = this.#lastAttemptIfDue(ground, origin, destination, nowMs);
      return lastAttemptMs === undefined ? [] : [{ origin, destination, lastAttemptMs }];
    });
  }

  #lastAttemptIfDue(ground: LeaseGround, origin: string, destination: string, nowMs: number): number | undefined {
    const state = ground.state(origin, destination);
    if (state === undefined || state.unreachable) return undefined;
    if (state.rttMeasuredAtMs < nowMs - ground.rttFreshSeconds * 1000) return undefined;
    const attempt = this.#attempts.get(pairKey(origin, destination));
    const lastAttemptMs = Math.max(state.bandwidthMeasuredAtMs, attempt?.endedAtMs ?? Number.NEGATIVE_INFINITY);
    const { intervalSeconds } = ground.probe;
    const delayMs = attempt?.failures ? retryDelayMs(attempt.failures, intervalSeconds) : intervalSeconds * 1000;
    return lastAttemptMs + delayMs <= nowMs ? lastAttemptMs : undefined;
  }

  #wasHeard(node: string, nowMs: number): boolean {
    return nowMs - (this.#heardAtMs.get(node) ?? Number.NEGATIVE_INFINITY) <= HEARD_WITHIN_MS;
  }

  #start({ origin, destination }: DirectedPair, { probe, addressBetween }: LeaseGround, nowMs: number): void {
    const address = addressBetween(origin, destination);
    if (address === undefined) return;
    const use = { atMs: nowMs, bytes: probe.bytesPerTest };
    const deadlineAtMs = nowMs + (probe.seconds + probe.omitSeconds) * 1000 + MARGIN_MS;
    const port = FIRST_PORT + (this.#granted % PORTS);
    const lease = { id: randomUUID(), origin, destination, address, port, probe, deadlineAtMs, use };
    this.#granted += 1;
    this.#used.push(use);
    this.#active.set(lease.id, lease);
    this.#changedNodes.add(origin).add(destination);
  }

  #end(lease: Lease, outcome: LeaseOutcome, nowMs: number): void {
    this.#active.delete(lease.id);
    this.#changedNodes.add(lease.origin).add(lease.destination);
    const key = pairKey(lease.origin, lease.destination);
    const failures = outcome === 'measured' ? 0 : (this.#attempts.get(key)?.failures ?? 0) + 1;
    this.#attempts.set(key, { endedAtMs: nowMs, failures });
    this.#onEnd(outcome);
  }
}

function ends(lease: DirectedPair, origin: string, destination: string): boolean {
  return lease.origin === origin && lease.destination === destination;
}

function pairKey(origin: string, destination: string): string {
  return `${origin}\n${destination}`;
}

function bytesMoved(bandwidthBitsPerSecond: number, { seconds, omitSeconds, bytesPerTest }: BandwidthProbe): number {
  return Math.min(bytesPerTest, (bandwidthBitsPerSecond * (seconds + omitSeconds)) / 8);
}

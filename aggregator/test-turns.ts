import type { ByteBudget } from '#aggregator/bandwidth/byte-budget.ts';
import { retryDelayMs, type TestCandidate } from '#aggregator/bandwidth/lease-choice.ts';
import type { LinkState } from '#aggregator/links/link-store.ts';
import type { BandwidthProbe } from '#core/api/network-topology.ts';
import { type DirectedPair, pairKey } from '#core/measurement/bandwidth-rounds.ts';

export type TestProtocol = 'tcp' | 'udp';

/** When a pair's next test is due, and which; `dueAtMs` is -Infinity for at once. */
export interface NextTest extends TestCandidate {
  protocol: TestProtocol;
  maxBitsPerSecond: number;
  dueAtMs: number;
}

/** What the next test of a pair depends on, beside earlier ones. */
export interface TurnGround {
  probe: BandwidthProbe;
  /** A link is tested only while it was answered no longer ago than this, so that tests cannot starve the pings. */
  rttFreshSeconds: number;
  state(origin: string, destination: string): LinkState | undefined;
}

interface Attempts {
  /** Of the last one, in either direction. */
  endedAtMs: number;
  /** Since the last success. */
  failures: number;
}

interface Try {
  endedAtMs: number;
  /** What the link carried the last time that it was measured. */
  bitsPerSecond: number | undefined;
}

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Which direction of each pair is tested next, and when. A cycle tests each pair once, in the direction whose last test is the
 * longest ago; the second follows the first at once, so that both directions are soon known, each further one after the interval.
 */
export class TestTurns {
  readonly #budget: ByteBudget;
  /** By pair and protocol. */
  readonly #attempts = new Map<string, Attempts>();
  /** By direction and protocol. */
  readonly #tries = new Map<string, Try>();

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** The pair's test that is due the first; undefined where it is due and neither direction answers. */
  next(pair: DirectedPair, ground: TurnGround, nowMs: number): NextTest | undefined {
    const { probe } = ground;
    const both = [pair, { origin: pair.destination, destination: pair.origin }];
    const rested = this.#nextTcp(pair, both, probe);
    if (rested.dueAtMs > nowMs && probe.udp === undefined) return rested;
    const open = both.filter((link) => answers(link, ground, nowMs));
    if (open.length === 0) return undefined;
    const tcp = this.#nextTcp(pair, open, probe);
    const udp = tcp.dueAtMs <= nowMs ? undefined : this.#nextUdp(pair, open, probe);
    return udp !== undefined && udp.dueAtMs < tcp.dueAtMs ? udp : tcp;
  }

  /** A test ended; `bitsPerSecond` is there where it succeeded. */
  ended(link: DirectedPair, protocol: TestProtocol, bitsPerSecond: number | undefined, nowMs: number): void {
    const key = `${pairKey(link)}\n${protocol}`;
    const failures = bitsPerSecond === undefined ? (this.#attempts.get(key)?.failures ?? 0) + 1 : 0;
    this.#attempts.set(key, { endedAtMs: nowMs, failures });
    this.knows(link, protocol, bitsPerSecond ?? this.#tries.get(linkKey(link, protocol))?.bitsPerSecond, nowMs);
  }

  /** The link carried so much, where it is told. */
  knows(link: DirectedPair, protocol: TestProtocol, bitsPerSecond: number | undefined, atMs: number): void {
    this.#tries.set(linkKey(link, protocol), { endedAtMs: atMs, bitsPerSecond });
  }

  /** The clock was set by so much. */
  shift(ms: number): void {
    for (const map of [this.#attempts, this.#tries]) for (const entry of map.values()) entry.endedAtMs += ms;
  }

  /** Forgets pairs of nodes that are gone, and what is older than `sinceMs`. */
  retain(isKnown: (node: string) => boolean, sinceMs: number): void {
    for (const map of [this.#attempts, this.#tries]) {
      for (const [key, { endedAtMs }] of map) {
        const [one, other] = key.split('\n') as [string, string];
        if (endedAtMs < sinceMs || !isKnown(one) || !isKnown(other)) map.delete(key);
      }
    }
  }

  #nextTcp(pair: DirectedPair, open: readonly DirectedPair[], probe: BandwidthProbe): NextTest {
    const lastMs = (link: DirectedPair) => this.#tries.get(linkKey(link, 'tcp'))?.endedAtMs ?? NEVER;
    const link = longestAgo(open, lastMs);
    const attempts = this.#attempts.get(`${pairKey(pair)}\ntcp`);
    const lastAttemptMs = Math.max(
      attempts?.endedAtMs ?? NEVER,
      lastMs(pair),
      lastMs({ origin: pair.destination, destination: pair.origin }),
    );
    const failures = attempts?.failures ?? 0;
    const waitMs =
      failures > 0
        ? retryDelayMs(failures, probe.intervalSeconds)
        : lastMs(link) === NEVER
          ? 0
          : probe.intervalSeconds * 1000;
    return {
      ...link,
      protocol: 'tcp',
      lastAttemptMs,
      dueAtMs: lastAttemptMs + waitMs,
      expectedBytes: this.#budget.expectedBytes(link, probe),
      maxBitsPerSecond: Math.max(1, Math.floor((probe.bytesPerTest * 8) / (probe.seconds + probe.omitSeconds))),
    };
  }

  /** With a share of what TCP carried: a link of which that is not known, and that failed, waits for the next interval. */
  #nextUdp(pair: DirectedPair, open: DirectedPair[], probe: BandwidthProbe): NextTest | undefined {
    const known = open.filter((link) => this.#tcpRate(link) !== undefined);
    if (probe.udp === undefined || known.length === 0) return undefined;
    const link = longestAgo(known, (one) => this.#tries.get(linkKey(one, 'udp'))?.endedAtMs ?? NEVER);
    const rate = this.#tcpRate(link) as number;
    const maxBitsPerSecond = Math.max(1, Math.floor((rate * probe.udp.ratePercent) / 100));
    const lastAttemptMs = this.#attempts.get(`${pairKey(pair)}\nudp`)?.endedAtMs ?? NEVER;
    return {
      ...link,
      protocol: 'udp',
      lastAttemptMs,
      dueAtMs: lastAttemptMs + probe.udp.intervalSeconds * 1000,
      expectedBytes: (maxBitsPerSecond * (probe.seconds + probe.omitSeconds)) / 8,
      maxBitsPerSecond,
    };
  }

  #tcpRate(link: DirectedPair): number | undefined {
    return this.#tries.get(linkKey(link, 'tcp'))?.bitsPerSecond;
  }
}

/** A direction that is not probed itself of late answers where the other one does. */
function answers({ origin, destination }: DirectedPair, ground: TurnGround, nowMs: number): boolean {
  const isFresh = (state: LinkState | undefined) =>
    state !== undefined && state.probedAtMs >= nowMs - ground.rttFreshSeconds * 1000;
  const own = ground.state(origin, destination);
  const state = isFresh(own) ? own : ground.state(destination, origin);
  return isFresh(state) && state?.unreachable === false;
}

function longestAgo(links: readonly DirectedPair[], lastMs: (link: DirectedPair) => number): DirectedPair {
  const [first, second] = links as [DirectedPair, DirectedPair?];
  return second !== undefined && lastMs(second) < lastMs(first) ? second : first;
}

function linkKey({ origin, destination }: DirectedPair, protocol: TestProtocol): string {
  return `${origin}\n${destination}\n${protocol}`;
}
